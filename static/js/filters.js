// The filter bar sends itself when a choice changes, with the empty fields left out of the address.
(() => {
  const NARROWER = { plan: ["chapter", "section"], chapter: ["section"] };

  const send = (form) => {
    for (const field of form.elements) {
      if (field.name && !field.value) field.disabled = true;
    }
    form.submit();
  };

  // Coming back with the browser's button finds the page as it was left: with fields switched off, and with
  // the choice that led away from it, which this page's list does not follow.
  addEventListener("pageshow", (event) => {
    for (const field of document.querySelectorAll("form[data-autosubmit] :disabled")) field.disabled = false;
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-autosubmit]")) form.reset();
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosubmit]");
    if (!form || !event.target.name) return;
    // A chapter of another plan makes no sense any more.
    for (const name of NARROWER[event.target.name] ?? []) {
      if (form.elements[name]) form.elements[name].value = "";
    }
    // Several boxes of one menu are ticked in a row: the menu sends them together when it closes.
    if (event.target.type === "checkbox") return;
    send(form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-autosubmit]")) return;
    event.preventDefault();
    send(event.target);
  });

  for (const menu of document.querySelectorAll("details[data-menu]")) {
    const ticked = () => [...menu.querySelectorAll("input:checked")].map((box) => box.value).join();
    let before = ticked();
    menu.addEventListener("toggle", () => {
      if (menu.open) before = ticked();
      else if (menu.closest("form") && ticked() !== before) send(menu.closest("form"));
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
