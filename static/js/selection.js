// Ticked rows: how many, all of the page, none; and they stay ticked when the list is fetched anew.
(() => {
  const boxes = () => [...document.querySelectorAll("#ledger input[name=task]")];
  const ticked = () => boxes().filter((box) => box.checked);
  let kept = [];

  const show = () => {
    const all = document.querySelector("[data-tick-all]");
    const count = ticked().length;
    for (const figure of document.querySelectorAll("[data-ticked]")) figure.textContent = count;
    if (!all) return;
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && count < boxes().length;
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    show();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-tick-none]")) return;
    for (const box of boxes()) box.checked = false;
    show();
  });
  const pk = (box) => box.value.split(":")[0];
  document.addEventListener("htmx:beforeSwap", () => { kept = ticked().map(pk); });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "ledger") return;
    for (const box of boxes()) box.checked = kept.includes(pk(box));
    show();
  });
  addEventListener("pageshow", show);
})();
