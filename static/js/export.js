// The export form: its button says how many tasks go into the workbook, and its foot what the file is called.
(() => {
  const show = (form) => {
    const report = form.elements.book.value === "annual_report";
    const chosen = form.querySelector(`[name=${report ? "plan" : "scope"}]:checked`);
    const button = form.querySelector("button.btn-primary");
    form.querySelector("[data-export-number]").textContent = chosen?.dataset.number ?? 0;
    form.querySelector("[data-export-file]").textContent = chosen?.dataset.file ?? "";
    button.disabled = !Number(chosen?.dataset.number);
  };
  const showAll = () => document.querySelectorAll("[data-export-form]").forEach(show);
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-export-form]");
    if (form) show(form);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-export-form]")) document.getElementById("dialog")?.close();
  });
  document.addEventListener("htmx:load", showAll);
  showAll();
})();
