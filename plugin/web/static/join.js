// One tap less for a person who has the page before them. A page that was fetched ahead, stands in the background or is
// driven by a machine presses nothing: an opened link alone is no sign that somebody tried to come.
const form = document.getElementById("join");

function press() {
  if (document.prerendering || document.visibilityState !== "visible" || !document.hasFocus() || navigator.webdriver) return;
  removeEventListener("focus", press);
  document.removeEventListener("visibilitychange", press);
  form.elements.pressed.value = "by-page";
  form.requestSubmit();
}

addEventListener("focus", press);
document.addEventListener("visibilitychange", press);
press();
