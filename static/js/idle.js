// The session ends when nobody has been here for long: the page says so before, and says when it has.
(() => {
  const LAST = 120, EVERY = 5000, KEY = "seen";
  const pattern = document.getElementById("idle");
  if (!pattern) return; // a page without the frame: the door, where a one-time password is changed
  const limit = Number(pattern.dataset.limit);
  let seen = 0, notice = null;

  // Tabs share the session, and so the time at which somebody was last seen.
  const mark = () => {
    seen = Date.now();
    try { localStorage.setItem(KEY, seen); } catch { /* forbidden: then each tab speaks for itself */ }
    look();
  };
  const latest = () => {
    try { return Math.max(seen, Number(localStorage.getItem(KEY))); } catch { return seen; }
  };

  function look() {
    const left = limit - (Date.now() - latest()) / 1000;
    if (left > LAST) {
      notice?.remove();
      notice = null;
      return;
    }
    notice ??= show();
    const over = left <= 0;
    const minutes = Math.ceil(left / 60);
    notice.querySelector("[data-words]").textContent = over ? pattern.dataset.over : pattern.dataset.soon.replace("{}", minutes);
    notice.querySelector("[data-stay]").hidden = over;
    const link = notice.querySelector("[data-sign-in]");
    link.hidden = !over;
    link.href = `${pattern.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
  }
  function show() {
    const made = pattern.content.firstElementChild.cloneNode(true);
    made.querySelector("[data-stay]").addEventListener("click", stay);
    // A dialog covers the rest of the page: what is said beside it is not seen.
    const dialog = document.querySelector("dialog[open]");
    (dialog?.querySelector(".bd") ?? dialog ?? document.getElementById("toasts")).prepend(made);
    if (dialog) made.scrollIntoView({ block: "nearest" });
    return made;
  }
  async function stay() {
    const answer = await fetch(pattern.dataset.presence, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok) return mark();
    if (answer?.status !== 401) return; // no network: the button is still there
    seen = 0;
    try { localStorage.setItem(KEY, 0); } catch { /* forbidden */ }
    look();
  }

  mark();
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
  // What the bell asks for by itself is no sign of a person: the server thinks so too.
  document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful && !detail.requestConfig.elt.matches("[data-bell]")) mark(); });
  document.addEventListener("draft:saved", mark);
})();
