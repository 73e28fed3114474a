// Triage by keyboard, for those who want it: everything on the page works without this file.
"use strict";
const links = [...document.querySelectorAll("#triage article h2 a")];
const help = document.querySelector(".keys");
if (help) help.hidden = false;

function move(step) {
  const here = links.findIndex((link) => link.closest("article").contains(document.activeElement));
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + step, 0), links.length - 1);
  if (links[next]) {
    links[next].focus();
    links[next].closest("article").scrollIntoView({ block: "nearest" });
  }
}

document.addEventListener("keydown", (event) => {
  // Whoever writes, chooses or uses a key of the browser means that, and not us.
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const card = document.activeElement.closest("#triage article");
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "t" && card) card.querySelector("form[data-take]")?.requestSubmit();
  else if (event.key === "f") document.querySelector(".triage-filters select").focus();
  else return;
  event.preventDefault();
});
