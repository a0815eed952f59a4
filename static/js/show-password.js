// The eye beside a password field: shows what was typed, and hides it again.
for (const eye of document.querySelectorAll("[data-show-password]")) {
  const field = eye.previousElementSibling;
  eye.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    eye.setAttribute("aria-pressed", String(!shown));
    eye.setAttribute("aria-label", shown ? "显示密码" : "隐藏密码");
  });
}
