// The drop zone: takes what is dropped on it, says which files were chosen, and lets go of them again.
for (const zone of document.querySelectorAll("[data-dropzone]")) {
  const field = zone.querySelector("[data-file]");
  const chosen = zone.parentElement.querySelector("[data-chosen]");
  const say = () => {
    const files = [...field.files];
    const [file] = files;
    const bytes = files.reduce((sum, each) => sum + each.size, 0);
    chosen.hidden = !file;
    chosen.querySelector("[data-chosen-name]").textContent = !file ? "" : files.length > 1 ? `${file.name} 等 ${files.length} 个文件` : file.name;
    chosen.querySelector("[data-chosen-size]").textContent = file ? `${Math.max(1, Math.round(bytes / 1024))} KB` : "";
  };
  field.addEventListener("change", say);
  chosen.querySelector("[data-unchoose]").addEventListener("click", () => {
    field.value = "";
    say();
    field.focus();
  });
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
    say();
  });
  say(); // a browser that goes back keeps the file
}
for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button.btn-primary");
    button.setAttribute("aria-busy", "true");
    button.firstChild.textContent = "正在上传";
  });
}
