// What runs in the browser: fragments by htmx, and one module for each thing a page does.
import "./scripts/fragments.js";
import "./scripts/toasts.js";
import "./scripts/menus.js";
import "./scripts/keys.js";
import "./scripts/palette.js";
import "./scripts/again.js";
import "./scripts/panes.js";
import "./scripts/records.js";
import "./scripts/versions.js";
import "./scripts/peek.js";
import "./scripts/selection.js";
import "./scripts/reader.js";
import "./scripts/description.js";
import "./scripts/inbox.js";
import "./scripts/choosing.js";
import "./scripts/upload/drawer.js";
import "./scripts/plots.js";
