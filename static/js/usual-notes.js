// Sentences that are often written: a press puts one into the field, after what stands there already.
for (const notes of document.querySelectorAll("[data-usual-notes]")) {
  const field = document.getElementById(notes.dataset.usualNotes);
  notes.hidden = false;
  notes.addEventListener("click", ({ target }) => {
    const words = target.closest("button")?.textContent;
    if (!words || field.value.includes(words)) return;
    field.value = field.value.trim() ? `${field.value.trim().replace(/[。；]$/, "")}；${words}` : words;
    field.focus();
  });
}
