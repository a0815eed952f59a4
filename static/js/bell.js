// The bell fetches its numbers by itself. Where that fails it stays the link it was: nobody has asked for anything,
// so nobody is told that something went wrong.
(() => {
  for (const trouble of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(trouble, (event) => { if (event.target.matches("[data-bell]")) event.stopPropagation(); }, true);
  }
})();
