// While htmx asks: the button that was pressed rests, and what is about to be replaced says that it is busy.
// The style sheet shows neither before 300 ms.
(() => {
  const undo = new WeakMap();

  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    const { elt, target, xhr, requestConfig } = detail;
    const pressed = requestConfig.triggeringEvent?.submitter ?? elt.closest("button");
    const steps = [];
    if (pressed && pressed.getAttribute("aria-busy") !== "true") {
      const focused = document.activeElement === pressed;
      const rests = !pressed.disabled;
      pressed.setAttribute("aria-busy", "true");
      if (rests) pressed.disabled = true;
      steps.push(() => {
        pressed.removeAttribute("aria-busy");
        if (rests) pressed.disabled = false;
        // A button that cannot be pressed loses the focus.
        if (focused && pressed.isConnected && document.activeElement === document.body) pressed.focus();
      });
    }
    if (target && target !== document.body && !target.contains(pressed)) {
      target.setAttribute("aria-busy", "true");
      steps.push(() => target.removeAttribute("aria-busy"));
    }
    undo.set(xhr, steps);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    for (const step of undo.get(detail.xhr) ?? []) step();
  });
})();
