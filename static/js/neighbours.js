// ← and → lead to the task before and after. They stay the browser's own in fields, in menus and dialogs,
// with a modifier, and where the page is wider than its window and scrolls by them.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable], details[data-menu], dialog")) return;
  if (document.querySelector("dialog[open]")) return;
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) return;
  document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`)?.click();
});
