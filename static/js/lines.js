// Lines in an order: up, down, away. What is sent is the order of the page; a cleared line goes to the end.
for (const list of document.querySelectorAll("[data-lines]")) {
  const renumber = () => {
    [...list.children].forEach((line, at) => {
      const select = line.querySelector("select");
      select.setAttribute("aria-label", select.getAttribute("aria-label").replace(/\d+$/, at + 1));
    });
  };
  for (const moves of list.querySelectorAll(".moves")) moves.hidden = false;
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-line]");
    if (!button) return;
    const line = button.closest("li");
    const { line: move } = button.dataset;
    if (move === "up") line.previousElementSibling?.before(line);
    if (move === "down") line.nextElementSibling?.after(line);
    if (move === "clear") {
      line.querySelector("select").value = "";
      list.append(line);
    }
    renumber();
    button.focus();
  });
}
