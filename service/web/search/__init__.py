"""The search page, its box, and the command palette."""
