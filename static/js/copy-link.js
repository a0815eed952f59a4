// A button that copies the address it carries and says so in its own words for two seconds.
// The clipboard's interface is there on https alone; an office network may have http.
(() => {
  const copyByHand = (text) => {
    const field = Object.assign(document.createElement("textarea"), { value: text });
    field.setAttribute("readonly", "");
    field.className = "vh";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return copyByHand(text);
    }
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    const words = button.querySelector("[aria-live]");
    const before = words.textContent;
    button.addEventListener("click", async () => {
      const copied = await copy(button.dataset.copy);
      button.focus();
      words.textContent = copied ? "链接已复制" : "复制失败，请从地址栏复制";
      setTimeout(() => (words.textContent = before), 2000);
    });
  }
})();
