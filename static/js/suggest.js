// The search field offers words while somebody types (WAI-ARIA's combobox with a list). Without this script it
// is a search field. A page may exchange the field for a fresh one while its list is open: the state is kept
// here, by the field's id, and laid on the new one.
(() => {
  const PAUSE = 150; // while somebody types
  let timer, request, open = null; // open: { id, html, chosen }

  const fieldOf = (target) => target.closest?.("input[data-suggest]");
  const listOf = (field) => document.getElementById(`${field.id}-offered`);
  const options = (field) => [...listOf(field).querySelectorAll("[role=option]")];

  function dress(field) {
    if (field.getAttribute("role") === "combobox") return;
    const says = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${field.id}-offered` };
    for (const [name, value] of Object.entries(says)) field.setAttribute(name, value);
  }
  function show(field, html, chosen = -1) {
    const list = listOf(field);
    list.innerHTML = html;
    options(field).forEach((option, number) => { option.id = `${field.id}-offered-${number}`; });
    const any = options(field).length > 0;
    list.hidden = !any;
    field.setAttribute("aria-expanded", String(any));
    open = any ? { id: field.id, html, chosen: -1 } : null;
    choose(field, chosen);
  }
  function close() {
    clearTimeout(timer);
    request?.abort();
    const field = open && document.getElementById(open.id);
    open = null;
    if (!field) return;
    listOf(field).hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }
  function choose(field, number) {
    if (!open) return;
    open.chosen = number;
    options(field).forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === number));
      if (place === number) option.scrollIntoView({ block: "nearest" });
    });
    if (number < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `${field.id}-offered-${number}`);
  }
  function take(field, option) {
    field.value = option.dataset.words;
    close();
    field.focus();
    field.form.requestSubmit();
  }

  async function ask(id) {
    request?.abort(); // an answer that comes late never replaces a newer one
    const mine = (request = new AbortController());
    const typed = document.getElementById(id)?.value.trim();
    if (!typed) return close();
    try {
      const address = `${document.getElementById(id).dataset.suggest}?${new URLSearchParams({ q: typed })}`;
      const answer = await fetch(address, { signal: mine.signal });
      const html = answer.ok && !answer.redirected ? await answer.text() : "";
      const field = document.getElementById(id);
      if (mine === request && field && field === document.activeElement && field.value.trim() === typed) show(field, html);
    } catch (error) {
      if (error.name !== "AbortError") close(); // no connection: the field searches all the same
    }
  }
  function typed(event) {
    const field = fieldOf(event.target);
    if (!field || event.isComposing) return; // half a syllable is no word
    dress(field);
    clearTimeout(timer);
    timer = setTimeout(() => ask(field.id), PAUSE);
  }

  document.addEventListener("input", typed);
  document.addEventListener("compositionend", typed);
  document.addEventListener("focusin", ({ target }) => { if (fieldOf(target)) dress(target); });
  document.addEventListener("focusout", ({ target }) => {
    // A field that is exchanged loses the focus too: its successor is given it.
    if (fieldOf(target) && target.isConnected) setTimeout(() => { if (document.activeElement?.id !== target.id) close(); });
  });
  document.addEventListener("keydown", (event) => {
    const field = fieldOf(event.target);
    if (!field || event.isComposing) return;
    if (event.key === "ArrowDown" && !open) { event.preventDefault(); ask(field.id); return; }
    if (!open) return;
    const last = options(field).length - 1;
    const next = { ArrowDown: open.chosen < last ? open.chosen + 1 : -1, ArrowUp: open.chosen < 0 ? last : open.chosen - 1 }[event.key];
    if (next !== undefined) { event.preventDefault(); choose(field, next); }
    else if (event.key === "Enter" && open.chosen >= 0) { event.preventDefault(); take(field, options(field)[open.chosen]); }
    else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
    else if (event.key === "Enter" || event.key === "Tab") close();
  }, true);
  // Before the field loses the focus, which would close the list below the finger.
  document.addEventListener("mousedown", (event) => { if (event.target.closest(".pt-suggest")) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".pt-suggest [role=option]");
    if (option) take(document.getElementById(option.closest(".pt-suggest").id.replace(/-offered$/, "")), option);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const field of document.querySelectorAll("input[data-suggest]")) {
      dress(field);
      if (open?.id === field.id && listOf(field).hidden) show(field, open.html, open.chosen);
    }
  });
  document.querySelectorAll("input[data-suggest]").forEach(dress);
})();
