// A row's status as a listbox: arrows, Home, End, letters, Enter, Escape. What owes no reason is saved at once;
// the rest asks for it in the dialog. Without this file the control is a link to the form.
(() => {
  const menu = document.getElementById("status-menu");
  const box = menu.querySelector("[role=listbox]");
  const options = [...box.children];
  const OWES_REASON = ["delayed", "adjusted"];
  let control = null, typed = "", typing;

  const upgrade = () => {
    for (const link of document.querySelectorAll("a[data-status]:not([role])")) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-haspopup", "listbox");
      link.setAttribute("aria-expanded", "false");
      link.setAttribute("aria-label", link.getAttribute("aria-label").replace("，点击修改", ""));
    }
  };
  upgrade();
  document.addEventListener("htmx:load", upgrade);

  const point = (option) => {
    for (const other of options) other.classList.toggle("at", other === option);
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const pointed = () => options.find((option) => option.classList.contains("at"));

  function open(link) {
    if (control) close();
    control = link;
    for (const option of options) {
      option.setAttribute("aria-selected", String(option.dataset.value === link.dataset.status));
    }
    box.setAttribute("aria-label", link.getAttribute("aria-label"));
    link.setAttribute("aria-expanded", "true");
    menu.showPopover();
    place();
    point(options.find((option) => option.dataset.value === link.dataset.status));
    box.focus({ preventScroll: true });
  }
  function place() {
    const at = control.getBoundingClientRect();
    const below = at.bottom + 4 + menu.offsetHeight <= innerHeight;
    menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - menu.offsetHeight)}px`;
  }
  function close({ refocus = false } = {}) {
    if (!control) return;
    control.setAttribute("aria-expanded", "false");
    if (refocus) control.focus();
    control = null;
    menu.hidePopover();
  }
  function choose(option) {
    const link = control, { value } = option.dataset;
    close({ refocus: true });
    if (value === link.dataset.status) return;
    const address = link.pathname + link.search;
    const reopens = link.dataset.status === "completed";
    if (OWES_REASON.includes(value) || reopens) {
      htmx.ajax("GET", `${address}&status=${value}`, { source: link, target: "#dialog-body", swap: "innerHTML" });
      return;
    }
    htmx.ajax("POST", link.pathname, {
      source: link, target: "#dialog-body", swap: "innerHTML",
      values: { status: value, version: link.dataset.version, csrfmiddlewaretoken: menu.dataset.token },
    });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-status]");
    if (link && event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey)) {
      event.preventDefault();
      return link === control ? close({ refocus: true }) : open(link);
    }
    const option = event.target.closest("#status-menu [role=option]");
    if (option) return choose(option);
    if (!event.target.closest("#status-menu")) close();
  });
  document.addEventListener("keydown", (event) => {
    const link = event.target.closest?.("a[data-status]");
    if (!link || !["ArrowDown", "ArrowUp", " "].includes(event.key)) return;
    event.preventDefault();
    open(link);
  });
  box.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) point(option);
  });
  box.addEventListener("keydown", (event) => {
    const at = options.indexOf(pointed());
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1 }[event.key];
    if (to !== undefined) point(options[Math.max(0, Math.min(to, options.length - 1))]);
    else if (event.key === "Enter" || event.key === " ") choose(pointed());
    else if (event.key === "Escape") close({ refocus: true });
    else if (event.key === "Tab") return close({ refocus: true });
    else if (event.key.length === 1) seek(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  function seek(letter) {
    clearTimeout(typing);
    typing = setTimeout(() => { typed = ""; }, 600);
    typed += letter;
    const found = options.find((option) => option.textContent.trim().startsWith(typed));
    if (found) point(found);
  }
  addEventListener("resize", () => close());
  addEventListener("scroll", () => { if (control) place(); }, { passive: true });
  // Only where the row goes: the bell that arrives after the page leaves an open menu alone.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (detail.target.contains(control)) close(); });
})();
