// Menus made of <details data-menu>: a click elsewhere or Escape closes them, and only one is open.
(() => {
  const close = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => close(event.target));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  // `toggle` does not bubble, but it can be caught on its way down.
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches("details[data-menu]") && event.target.open) {
        close(event.target);
        event.target.querySelector("[data-focus-first]")?.focus();
      }
    },
    true,
  );
})();
