// A field for a file says in the page's language what was chosen (template: filepick).
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-filepick]")) return;
  const line = document.getElementById(`${target.id}-chosen`);
  line.textContent = [...target.files].map((file) => file.name).join("、") || line.dataset.none;
});
