// Keys of the list: / searches, j and k walk the rows, Enter opens, x ticks, s sets the status, z takes back, ? explains.
(() => {
  const rows = () => [...document.querySelectorAll("#ledger [data-row]")].filter((row) => row.offsetParent !== null);
  const at = () => document.activeElement?.closest?.("#ledger [data-row]");
  const occupied = (element) =>
    element.closest("input:not([type=checkbox]), select, textarea, [contenteditable], [role=listbox], dialog, details[open]");

  const go = (step) => {
    const all = rows();
    const here = all.indexOf(at());
    const row = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(here + step, all.length - 1))];
    row?.querySelector("a.t").focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  const KEYS = {
    "/": () => { const field = document.querySelector("#filters [type=search]"); field.focus(); field.select(); },
    j: () => go(1),
    k: () => go(-1),
    x: () => at()?.querySelector("input[name=task]")?.click(),
    s: () => at()?.querySelector("a[data-status]")?.click(),
    z: () => document.querySelector("[data-undo]")?.click(),
    "?": () => document.getElementById("keys").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !(event.key in KEYS)) return;
    if (document.querySelector("dialog[open]") || occupied(event.target)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
})();
