// Runs before the first paint, so that what only scripts can do is shown, and what they replace is not.
document.documentElement.classList.add("js");
