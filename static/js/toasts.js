// News of a finished action leaves by itself after five seconds, or those it names; it stays while the pointer rests on it.
(() => {
  const leave = (toast) => {
    if (toast.matches(":hover, :focus-within")) return setTimeout(leave, 2000, toast);
    toast.classList.add("leaving");
    setTimeout(() => toast.remove(), 300);
  };
  const watch = () => {
    for (const toast of document.querySelectorAll("[data-toast]:not([data-seen])")) {
      toast.dataset.seen = "";
      setTimeout(leave, 1000 * (toast.dataset.seconds ?? 5), toast);
    }
  };
  // What was refused stands at the head of the page: whoever asked from further down is led to it.
  document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
    if (detail.target.id === "notices" && detail.target.children.length) detail.target.scrollIntoView({ block: "center" });
  });
  watch();
  document.addEventListener("htmx:load", watch);
  document.addEventListener("htmx:oobAfterSwap", watch);
})();
