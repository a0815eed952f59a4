// The export form: its button says how many tasks go into the workbook, and its foot what the file is called.
(() => {
  const show = (form) => {
    const book = form.querySelector("[name=book]:checked");
    const ofTasks = !("uncounted" in book.dataset); // how many reports are missing is not known here
    const chosen = form.querySelector(`[name=${book.value === "ledger" ? "scope" : "plan"}]:checked`);
    const button = form.querySelector("button.btn-primary");
    const number = form.querySelector("[data-export-number]"), file = form.querySelector("[data-export-file]");
    number.textContent = chosen?.dataset.number ?? 0;
    number.parentElement.hidden = !ofTasks;
    const title = book.closest("label").querySelector("b").textContent;
    file.textContent = ofTasks ? (chosen?.dataset.file ?? "").replace("{book}", title) : title;
    button.disabled = !Number(chosen?.dataset.number);
  };
  const showAll = () => document.querySelectorAll("[data-export-form]").forEach(show);
  // What is told of a report comes in a column of its own; it stands in the workbook whatever the boxes say.
  const tickReported = (form) => {
    const note = form.querySelector("[value=review_note]"), reported = form.querySelector("[value=reported]");
    if (form.querySelector("[name=reported_in]")?.value || note.checked) reported.checked = true;
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-export-form]");
    if (!form) return;
    tickReported(form);
    show(form);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-export-form]")) document.getElementById("dialog")?.close();
  });
  document.addEventListener("htmx:load", showAll);
  showAll();
})();
