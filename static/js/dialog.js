// The page's one dialog: htmx fills it, this opens it, and a saved change closes it and gives the focus back.
(() => {
  const dialog = document.getElementById("dialog");
  let opener = null;

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id === "dialog-body" && !dialog.open) opener = event.detail.elt.id;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "dialog-body" && !dialog.open) dialog.showModal();
    if (event.target.id === "ledger" && opener) {
      document.getElementById(opener)?.focus();
      opener = null;
    }
  });
  document.addEventListener("task:saved", () => dialog.close());
  document.addEventListener("htmx:responseError", (event) => {
    const signedOut = event.detail.xhr.status === 401;
    fail(
      signedOut
        ? "登录已失效，没有保存。请先复制已填写的内容，重新登录后再提交。"
        : "保存失败：服务器没有完成操作。内容已保留在本页，请重试。",
    );
  });
  document.addEventListener("htmx:sendError", () => fail("保存失败：网络中断。内容已保留在本页，请重试。"));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });

  function fail(words) {
    const place = dialog.open ? dialog.querySelector("[data-failure]") : null;
    // Nothing open to say it in: the page itself goes to the sign-in or shows what is wrong.
    if (!place) return location.reload();
    place.hidden = false;
    place.querySelector("[data-words]").textContent = words;
  }
})();
