/** Offers to put the app on the home screen, where the browser can do that when it is asked. */

import { busy, h } from "./dom.js";

let offer = null;
const cards = new Set();

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  for (const card of cards) card.hidden = false;
});
addEventListener("appinstalled", withdraw);

/** A part of the app, see `parts.js`. */
export const install = { enrolled: card, home: card };

function card() {
  const button = h("button", { type: "button", class: "wide" }, "Add to the home screen");
  const made = h(
    "section",
    { class: "card", hidden: offer === null },
    h("h2", {}, "Keep it at hand"),
    h("p", {}, "With an icon of its own the app opens like any other, and its key is kept more surely."),
    button,
  );
  button.addEventListener("click", () =>
    busy(button, async () => {
      await offer?.prompt();
      withdraw();
    }),
  );
  cards.clear();
  cards.add(made);
  return made;
}

/** An offer serves once. */
function withdraw() {
  offer = null;
  for (const made of cards) made.hidden = true;
}
