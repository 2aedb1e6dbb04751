// Texts in the page's language: the server sends those that scripts show, keyed by their Chinese.
const texts = JSON.parse(document.querySelector('meta[name="fonds-texts"]')?.content || "{}");

export function t(text, values = {}) {
  return (texts[text] ?? text).replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

export function reason(code) {
  return texts[`reason:${code}`] ?? code;
}
