// Menus made of <details data-menu>: a click or the focus elsewhere and Escape close them, and only one is open.
(() => {
  const close = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(except)) menu.open = false;
    }
  };
  for (const left of ["click", "focusin"]) document.addEventListener(left, (event) => close(event.target));
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
      const menu = event.target;
      if (!menu.matches("details[data-menu]")) return;
      menu.classList.remove("to-left");
      if (!menu.open) return;
      close(menu);
      // Where it would run over the edge it ends with its button instead of beginning with it.
      menu.classList.toggle("to-left", menu.querySelector(".pt-menu")?.getBoundingClientRect().right > document.body.clientWidth);
      menu.querySelector("[data-focus-first]")?.focus();
    },
    true,
  );
})();
