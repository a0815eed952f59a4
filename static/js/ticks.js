// Ticked rows of a form: all of it, all of a group, and how many; the button waits for the first.
for (const form of document.querySelectorAll("[data-ticks]")) {
  const rows = (within = form) => [...within.querySelectorAll("tbody td input[type=checkbox]")];
  const heads = () => form.querySelectorAll("[data-tick]");
  const of = (head) => rows(head.dataset.tick === "all" ? form : head.closest("tbody"));
  const show = () => {
    for (const head of heads()) {
      const ticked = of(head).filter((row) => row.checked).length;
      head.checked = ticked > 0 && ticked === of(head).length;
      head.indeterminate = ticked > 0 && !head.checked;
    }
    const number = rows().filter((row) => row.checked).length;
    form.querySelector("[data-ticks-number]").textContent = number;
    form.querySelector("[data-ticks-send]").disabled = number === 0;
  };
  form.addEventListener("change", ({ target }) => {
    if (target.dataset.tick) for (const row of of(target)) row.checked = target.checked;
    show();
  });
  addEventListener("pageshow", show);
}
