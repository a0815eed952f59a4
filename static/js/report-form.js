// The report's form: it counts, saves itself as a draft, takes files, and loses nothing when session or network is gone.
(() => {
  const PAUSE = 1200;
  const AGAIN = 15000;
  const NOT_TEXT = ["csrfmiddlewaretoken", "version", "next", "files", "drop", "then"];

  function bind(form) {
    const part = (name) => form.querySelector(`[data-${name}]`);
    const key = form.dataset.kept;
    let dirty = false, stopped = false, offered = null, saving = null, timer = 0, saved = false;

    const typed = () => {
      const fields = new FormData(form);
      for (const name of NOT_TEXT) fields.delete(name);
      return Object.fromEntries(fields);
    };
    const say = (words, waits = false) => {
      const place = part("saved");
      place.textContent = words;
      place.classList.toggle("waits", waits);
    };
    const trouble = (words, signIn = false) => {
      part("trouble").hidden = !words;
      part("trouble-words").textContent = words;
      const link = part("trouble-link");
      link.hidden = !signIn;
      link.href = form.dataset.signIn;
    };

    // --- what only this computer knows: until the server has it ---------------------------------------
    const write = (what) => {
      try { localStorage.setItem(key, JSON.stringify(what)); } catch { /* full, or forbidden */ }
    };
    // What is typed while an older text is still on offer does not push that one out.
    const keep = () => write({ at: Date.now(), fields: typed(), before: offered ?? undefined });
    const kept = () => {
      try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
    };
    const forget = () => {
      try { localStorage.removeItem(key); } catch { /* forbidden: then nothing was kept */ }
    };
    const same = (fields) => JSON.stringify(Object.entries(fields).sort()) === JSON.stringify(Object.entries(typed()).sort());

    function offer(found = kept()) {
      while (found?.fields && same(found.fields)) found = found.before;
      if (!found?.fields) return forget();
      offered = found;
      const at = new Date(found.at);
      part("offer-at").textContent = at.toLocaleString("zh-CN", { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
      part("offer-at").dateTime = at.toISOString();
      part("offer").hidden = false;
    }
    function settle(restore) {
      const { fields, before } = offered;
      offered = null;
      part("offer").hidden = true;
      if (!restore) {
        if (!before) return forget();
        write(before);
        return offer(before);
      }
      for (const field of form.elements) {
        if (!field.name || NOT_TEXT.includes(field.name)) continue;
        if (field.type === "checkbox") field.checked = field.name in fields;
        else if (field.type === "radio") field.checked = field.value === fields[field.name];
        else field.value = fields[field.name] ?? "";
      }
      if (before) offer(before);
      changed();
    }

    // --- saving -------------------------------------------------------------------------------------
    function changed() {
      dirty = true;
      show();
      keep();
      clearTimeout(timer);
      if (!stopped) timer = setTimeout(save, PAUSE);
    }
    async function save({ leaving = false } = {}) {
      clearTimeout(timer);
      while (saving && !leaving) await saving;
      if (!dirty || stopped) return;
      dirty = false;
      const body = new FormData(form);
      for (const name of ["files", "drop", "then"]) body.delete(name);
      if (!leaving) say("正在保存…");
      saving = fetch(form.dataset.draft, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: leaving })
        .then(answer, () => fail("网络中断，草稿暂未保存。内容已留在这台电脑，网络恢复后自动保存。", AGAIN))
        .finally(() => { saving = null; });
      return saving;
    }
    async function answer(response) {
      const isOurs = response.headers.get("Content-Type")?.startsWith("application/json");
      if (response.ok && isOurs) {
        const news = await response.json();
        form.elements.version.value = news.version;
        form.dataset.attachments = news.attachments;
        saved = true;
        trouble("");
        say(`草稿已保存 ${news.saved}`);
        document.dispatchEvent(new Event("draft:saved"));
        if (!dirty) offered ? write(offered) : forget();
        return;
      }
      if (response.status === 401 || response.status === 403) {
        return fail("登录已失效，草稿没有保存。内容已留在这台电脑，重新登录后可以恢复。", 0, true);
      }
      if (response.status === 409) {
        stopped = true;
        return fail(`${await response.text()}，自动保存已停。点“存为草稿”核对两份内容，您填写的不会丢失。`);
      }
      if (response.status === 422) return fail(await response.text());
      fail("草稿暂未保存，内容已留在这台电脑，稍后自动重试。", AGAIN);
    }
    function fail(words, again = 0, signIn = false) {
      dirty = true;
      keep();
      say("草稿未保存", true);
      trouble(words, signIn);
      if (again && !stopped) timer = setTimeout(save, again);
    }

    // --- what the page shows while somebody types ---------------------------------------------------
    const range = part("range"), figure = form.elements.proposed_progress;
    range.hidden = false;
    function show() {
      for (const place of form.querySelectorAll("[data-count-of]")) {
        const { length } = [...form.elements[place.dataset.countOf].value];
        place.textContent = length;
        place.classList.toggle("over", length > Number(place.dataset.longest));
      }
      for (const field of form.querySelectorAll("[data-none-of]")) {
        const text = form.elements[field.dataset.noneOf];
        text.readOnly = field.querySelector("[type=checkbox]").checked && text.value === "";
      }
      range.value = figure.value;
      const chosen = form.elements.proposed_status.value;
      for (const place of form.querySelectorAll("[data-only-for]")) place.hidden = place.dataset.onlyFor !== chosen;
    }

    // --- files ----------------------------------------------------------------------------------------
    const zone = part("attach"), input = form.elements.files;
    async function upload() {
      if (!input.files.length) return;
      if (!form.dataset.attachments) {
        dirty = true;
        await save();
      }
      if (!form.dataset.attachments) return;
      await htmx.ajax("POST", form.dataset.attachments, { source: input, target: "#report-files", swap: "outerHTML" });
      input.value = "";
    }
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      upload();
    });

    // --- wiring ---------------------------------------------------------------------------------------
    form.addEventListener("input", ({ target }) => {
      if (target === input) return;
      if (target === range) figure.value = range.value;
      changed();
    });
    form.addEventListener("change", ({ target }) => { if (target === input) upload(); });
    part("restore").addEventListener("click", () => settle(true));
    part("discard").addEventListener("click", () => settle(false));
    // What is sent by a button waits for what is being saved: both would change the same version.
    form.addEventListener("htmx:confirm", (event) => {
      clearTimeout(timer);
      if (!saving) return;
      event.preventDefault();
      saving.finally(() => event.detail.issueRequest(true));
    });
    form.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
      if (detail.xhr.status >= 300) return;
      const leads = ["HX-Refresh", "HX-Redirect"].some((name) => detail.xhr.getResponseHeader(name));
      if (!leads && detail.elt !== form) return; // a file that was taken
      dirty = false;
      stopped = true;
      // What was typed is saved, or comes back in the form that takes this one's place.
      if (offered && !leads) write(offered);
      else forget();
    });
    const leave = () => { if (form.isConnected && document.visibilityState === "hidden") save({ leaving: true }); };
    document.addEventListener("visibilitychange", leave);
    form.closest("dialog")?.addEventListener("close", async () => {
      if (!form.isConnected) return;
      await save();
      if (saved) location.reload(); // the list below speaks of this draft
    });
    show();
    offer();
  }

  const bindAll = () => {
    for (const form of document.querySelectorAll("form[data-report]:not([data-bound])")) {
      form.dataset.bound = "";
      bind(form);
    }
  };
  bindAll();
  document.addEventListener("htmx:load", bindAll);
})();
