// A day that is picked in the calendar is shown at once; one that is typed waits for Enter or the button,
// for a date is whole again and again while it is being typed.
for (const form of document.querySelectorAll("form[data-day-picker]")) {
  const field = form.elements.as_of;
  let typing = false;
  field.addEventListener("keydown", () => { typing = true; });
  field.addEventListener("pointerdown", () => { typing = false; });
  field.addEventListener("change", () => {
    if (!typing && field.value && field.validity.valid) form.requestSubmit();
  });
}
