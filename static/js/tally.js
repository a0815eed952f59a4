// A button says how many rows of its form are ticked: data-tally holds its words with {} for the number.
(() => {
  const words = document.querySelector("[data-tally]");
  if (!words) return;
  const { form } = words.closest("button");
  const plain = words.textContent;
  const show = () => {
    const count = form.querySelectorAll("input[type=checkbox]:checked").length;
    words.textContent = count ? words.dataset.tally.replace("{}", count) : plain;
  };
  form.addEventListener("change", show);
  addEventListener("pageshow", show);
})();
