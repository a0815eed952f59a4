// A group's rows fold away below its heading; it stays folded while the list is fetched anew.
(() => {
  const folded = new Set();
  const apply = (button) => {
    const closed = folded.has(button.dataset.fold);
    button.setAttribute("aria-expanded", String(!closed));
    document.getElementById(button.getAttribute("aria-controls")).hidden = closed;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fold]");
    if (!button) return;
    const name = button.dataset.fold;
    if (!folded.delete(name)) folded.add(name);
    apply(button);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const button of document.querySelectorAll("[data-fold]")) apply(button);
  });
})();
