// The page's one dialog: htmx fills it, this opens it, and a saved change closes it and gives the focus back.
(() => {
  const dialog = document.getElementById("dialog");
  let opener = null;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    for (const shape of ["wide", "drawer"]) dialog.classList.toggle(shape, link.dataset.dialog === shape);
    opener = link.id || null;
    htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#dialog-body", swap: "innerHTML" });
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id !== "dialog-body" || dialog.open) return;
    opener = event.detail.elt.dataset.opener || event.detail.elt.id || opener;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "dialog-body") showDialog();
    // While the dialog is open nothing behind it can be given the focus; it is when the dialog closes.
    if (event.target.id === "ledger" && opener && !dialog.open) {
      // A view that was deleted took the link to its dialog along: the tabs are the place where it was.
      (document.getElementById(opener) ?? document.querySelector("#tabs [aria-current], #tabs a"))?.focus();
      opener = null;
    }
  });
  // A form that comes back with errors took the focused button away: on to the first field that is wrong.
  const showDialog = () => {
    if (!dialog.open) dialog.showModal();
    else if (!dialog.contains(document.activeElement)) {
      (dialog.querySelector("[aria-invalid=true]") || dialog.querySelector("input, textarea, button"))?.focus();
    }
  };
  document.addEventListener("task:saved", () => dialog.close());
  dialog.addEventListener("close", () => {
    // The browser itself gives it back, but not to what was exchanged in the meantime.
    if (document.activeElement === document.body) document.getElementById(opener)?.focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
})();
