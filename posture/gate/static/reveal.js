// Shows what is typed into the fields of a passphrase while its button is pressed. They are hidden
// again before the form goes, so that no browser takes them for ordinary text to be remembered.
const button = document.getElementById("reveal");
const fields = document.querySelectorAll('input[type="password"]');

function show(shown) {
  button.setAttribute("aria-pressed", shown);
  for (const field of fields) field.type = shown ? "text" : "password";
}

for (const field of fields) {
  field.autocapitalize = "off";
  field.spellcheck = false;
}
button.addEventListener("click", () => show(button.getAttribute("aria-pressed") === "false"));
button.form.addEventListener("submit", () => show(false));
addEventListener("pagehide", () => show(false));
button.hidden = false;
