// Ticked rows: how many, a range with Shift, all of the page, all of the list, none; and they stay ticked when
// the list is fetched anew. "All of the list" is a state of the bar: its links speak of the list's conditions.
(() => {
  const boxes = () => [...document.querySelectorAll("#ledger input[name=task]")];
  const ticked = () => boxes().filter((box) => box.checked);
  const every = (selector) => document.querySelectorAll(selector);
  const pk = (box) => box.value.split(":")[0];
  let kept = [], last = null, all = 0;

  const show = () => {
    const head = document.querySelector("[data-tick-all]");
    const count = ticked().length;
    if (count < boxes().length) all = 0;
    for (const figure of every("[data-ticked]")) figure.textContent = all || count;
    for (const word of every("[data-all-words]")) word.textContent = all ? "全部" : "";
    for (const control of every("[data-set-ticked]")) control.hidden = Boolean(all);
    for (const control of every("[data-set-all]")) control.hidden = !all;
    const offer = document.querySelector("[data-tick-list]");
    if (offer) offer.hidden = Boolean(all);
    exportTicked();
    remindTicked();
    if (!head) return;
    head.checked = count > 0 && count === boxes().length;
    head.indeterminate = count > 0 && count < boxes().length;
  };
  // The export form is told which rows are ticked; all of the list is what it offers anyway.
  const exportTicked = () => {
    for (const link of every("[data-export-ticked], [data-export]")) {
      const query = new URLSearchParams(link.search);
      query.delete("pick");
      if (!all) for (const box of ticked()) query.append("pick", pk(box));
      link.search = query;
    }
  };
  // The page of reminders is told the rows, or the conditions of all of the list.
  const remindTicked = () => {
    for (const link of every("[data-remind]")) {
      const query = new URLSearchParams(link.search);
      query.delete("task");
      query.delete("query");
      if (all) query.set("query", link.dataset.remind);
      else query.set("task", ticked().map(pk).join(" "));
      link.search = query;
    }
  };
  const none = () => {
    all = 0;
    for (const box of boxes()) box.checked = false;
  };

  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-tick-all]")) for (const box of boxes()) box.checked = target.checked;
    if (target.matches("[data-tick-all], #ledger input[name=task]")) show();
  });
  document.addEventListener("click", (event) => {
    const { target } = event;
    if (target.matches("#ledger input[name=task]")) {
      const row = boxes();
      const [from, to] = [row.indexOf(last), row.indexOf(target)].sort((a, b) => a - b);
      if (event.shiftKey && from >= 0) for (const box of row.slice(from, to + 1)) box.checked = target.checked;
      last = target;
    }
    const offer = target.closest("[data-tick-list]");
    if (offer) {
      event.preventDefault();
      for (const box of boxes()) box.checked = true;
      all = Number(offer.dataset.tickList);
      show();
    }
    if (target.closest("[data-tick-none]")) {
      none();
      document.querySelector("[data-tick-all]").focus();
      show();
    }
  });
  document.addEventListener("htmx:beforeSwap", () => { kept = ticked().map(pk); });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "ledger") return;
    all = 0; // another list, or the same one changed: it has to be chosen anew
    for (const box of boxes()) box.checked = kept.includes(pk(box));
    show();
  });
  addEventListener("pageshow", show);
})();
