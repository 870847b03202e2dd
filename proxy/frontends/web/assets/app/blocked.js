/** That this phone is asked no more, because too many requests were refused or not answered. */

import { busy, h, tell } from "./dom.js";

const WHY = {
  report: "You said that a login was not yours: somebody knows your password. Change it before you go on.",
  denials: "You denied several logins in a row.",
  unanswered: "Several logins in a row were not answered here.",
};
const IF_NOT = "If they were not yours, somebody knows your password. Change it before you go on.";

/** A part of the app, see `parts.js`. */
export const blocked = { home };

function home({ device, me }) {
  const block = me?.push_blocked;
  if (!block) return null;
  const told = h("p", { class: "fault", role: "alert" });
  const button = h("button", { type: "button", class: "main wide" }, "I am here: ask this phone again");
  const heading = h("h2", { id: "push-blocked" }, "This phone is not asked");
  const since = new Date(block.since * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const card = h(
    "section",
    { class: "card blocked", "aria-labelledby": heading.id },
    heading,
    h("p", {}, WHY[block.by] ?? "Very many logins were refused or not answered.", block.by === "report" ? null : ` ${IF_NOT}`),
    h("p", { class: "quiet small" }, `Since ${since}. Codes go on meanwhile.`),
    told,
    block.locked ? h("p", {}, "Only your administrator can have it asked again.") : button,
  );
  button.addEventListener("click", () =>
    busy(button, async () => {
      try {
        await device.call("DELETE", "/push-block");
        card.remove();
        tell("This phone is asked again.", { urgent: true });
      } catch (error) {
        told.textContent = error.status ? `Refused: ${error.message}` : "The server did not answer. Try again.";
      }
    }),
  );
  return card;
}
