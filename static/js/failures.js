// A request of htmx that failed: a notice where people look, what was typed stays, and the same can be tried again.
(() => {
  const pattern = document.getElementById("failure");
  let shown = null;

  const dismiss = () => {
    shown?.remove();
    shown = null;
  };
  const ours = (xhr) => (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");

  // The server's own words come as plain text; nothing that htmx would swap in.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status < 400 || !ours(detail.xhr)) return;
    detail.shouldSwap = false;
    detail.isError = true;
  });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const { status } = detail.xhr;
    if (status === 401) return say(detail, "signedOut");
    say(detail, "broken", ours(detail.xhr) ? detail.xhr.responseText : "");
  });
  document.addEventListener("htmx:sendError", ({ detail }) => say(detail, "offline"));
  document.addEventListener("htmx:timeout", ({ detail }) => say(detail, "offline"));
  // What people asked for and got; the bell's numbers, which nobody asked for, take no notice away.
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful && !detail.requestConfig.elt.matches("[data-bell]")) dismiss();
  });

  function say(detail, kind, words) {
    dismiss();
    const reading = detail.requestConfig.verb === "get" ? "Reading" : "";
    const notice = pattern.content.firstElementChild.cloneNode(true);
    const part = (name) => notice.querySelector(`[data-${name}]`);
    part("words").textContent = words || pattern.dataset[kind + reading];
    part("retry").hidden = kind === "signedOut" || (kind === "broken" && detail.xhr.status < 500);
    part("retry").addEventListener("click", () => retry(detail));
    part("sign-in").hidden = kind !== "signedOut";
    part("sign-in").href += `?next=${encodeURIComponent(location.pathname + location.search)}`;
    const number = kind === "broken" && detail.xhr.getResponseHeader("X-Request-ID");
    part("request").hidden = !number;
    part("request").querySelector("code").textContent = number || "";
    part("dismiss").addEventListener("click", dismiss);
    // A dialog covers the rest of the page: what is said beside it is not seen.
    const dialog = document.querySelector("dialog[open]");
    const place = dialog?.querySelector(".bd") ?? dialog ?? document.getElementById("toasts");
    place.prepend(notice);
    shown = notice;
    if (dialog) notice.scrollIntoView({ block: "nearest" });
  }

  function retry({ elt, requestConfig, target }) {
    const event = requestConfig.triggeringEvent;
    dismiss();
    if (elt.matches("form")) {
      const submitter = event?.submitter;
      return elt.requestSubmit(submitter?.isConnected ? submitter : undefined);
    }
    htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt, target, event });
  }
})();
