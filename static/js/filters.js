// Live lists: the conditions, and every link that leads to another view of the same list, are fetched as a
// fragment. The server says the address (HX-Push-Url); what people were doing in the page goes on.
(() => {
  const NARROWER = { plan: ["part"] };
  const PAUSE = 400; // while somebody types
  const list = () => document.querySelector("[data-live]");
  let timer, composing = false;
  let fetching = false, next = null;

  // One at a time, and of those that wait the last: htmx would queue it on a list that is about to go.
  function fetchList(address, opener) {
    clearTimeout(timer);
    if (fetching) { next = [address, opener]; return; }
    fetching = true;
    const done = () => {
      fetching = false;
      const waiting = next;
      next = null;
      if (waiting) fetchList(...waiting);
    };
    htmx.ajax("GET", address, {
      source: list(), target: list(), swap: "outerHTML", select: "#ledger", selectOOB: "#toasts:innerHTML,#notices:innerHTML",
      event: opener,
    }).then(done, done);
  }
  function send(form) {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    fetchList(`${new URL(form.action).pathname}?${query}`);
  }

  document.addEventListener("change", ({ target }) => {
    const form = target.form?.closest("[data-live-form]");
    if (!form || !target.name || target.type === "search") return;
    // A chapter of another plan makes no sense any more.
    for (const name of NARROWER[target.name] ?? []) form.elements[name].value = "";
    send(form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-live-form]")) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("compositionstart", () => { composing = true; });
  document.addEventListener("compositionend", (event) => { composing = false; typed(event); });
  document.addEventListener("input", typed);
  function typed({ target }) {
    if (composing || target.type !== "search" || !target.form?.matches("[data-live-form]")) return;
    clearTimeout(timer);
    timer = setTimeout(() => send(target.form), PAUSE);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-live] a[href]");
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !plain || link.pathname !== new URL(document.getElementById("filters").action).pathname) return;
    event.preventDefault();
    const turnsPage = link.closest(".pt-pager") !== null;
    fetchList(link.pathname + link.search, event);
    if (turnsPage) list().scrollIntoView({ block: "start" });
  });

  // --- what goes on over the exchange: an open menu, the focus, a word half typed --------------------
  let before = null;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target !== list() || !detail.shouldSwap) return;
    if (composing) { detail.shouldSwap = false; return; } // it is fetched again when the word stands
    const field = document.activeElement;
    before = {
      open: [...document.querySelectorAll("[data-live] details[open]")].map((menu) => menu.id),
      sheet: document.getElementById("more-filters").checked,
      search: field?.type === "search" ? { id: field.id, value: field.value } : null,
      focus: describe(field),
    };
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!before) return;
    for (const id of before.open) document.getElementById(id)?.setAttribute("open", "");
    document.getElementById("more-filters").checked = before.sheet;
    const field = before.search && document.getElementById(before.search.id);
    if (field) field.value = before.search.value;
    if (document.activeElement === document.body) find(before.focus)?.focus({ preventScroll: true });
    before = null;
  });
  // Links have no ids: the one with the same words, else the list itself, keeps the place of whoever uses the keyboard.
  function describe(element) {
    if (!element?.closest("[data-live]")) return null;
    return { id: element.id, words: element.getAttribute("aria-label") || element.textContent.trim() };
  }
  function find(described) {
    if (!described) return null;
    if (described.id) return document.getElementById(described.id);
    const links = [...document.querySelectorAll("[data-live] a[href]")];
    return links.find((link) => (link.getAttribute("aria-label") || link.textContent.trim()) === described.words) ?? document.getElementById("main");
  }
})();
