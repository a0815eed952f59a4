// A print button is of use only where a script can answer it.
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
