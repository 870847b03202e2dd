/** The recovery codes, issued once, just after the enrolment: for the day that this phone is lost. */

import { busy, h, tell } from "./dom.js";

const LOST = "If this phone is lost or its storage cleared, one of these codes lets you in. Each serves once.";

/** A part of the app, see `parts.js`. */
export const recovery = { enrolled };

function enrolled({ device, me }) {
  if (!me?.recovery_codes) return null;
  const told = h("p", { class: "fault", role: "alert" });
  const button = h("button", { type: "button", class: "wide" }, "Show my recovery codes");
  const card = h(
    "section",
    { class: "card" },
    h("h2", {}, "Recovery codes"),
    h("p", {}, LOST, " They are shown once, so have a pen or a printer ready."),
    button,
    told,
  );
  button.addEventListener("click", () =>
    busy(button, async () => {
      try {
        const { codes } = await (await device.call("POST", "/recovery-codes")).json();
        card.replaceChildren(...list(codes));
        tell("Your recovery codes are shown");
      } catch (error) {
        told.textContent = error.status ? `Refused: ${error.message}` : "The server did not answer. Try again.";
      }
    }),
  );
  return card;
}

function list(codes) {
  const copy = h("button", { type: "button" }, "Copy");
  copy.addEventListener("click", () =>
    busy(copy, async () => {
      await navigator.clipboard.writeText(codes.join("\n"));
      copy.textContent = "Copied";
      tell("Copied");
    }),
  );
  const print = h("button", { type: "button", on: { click: () => self.print() } }, "Print");
  return [
    h("h2", {}, "Recovery codes"),
    h("p", {}, LOST),
    h("ul", { class: "recovery code" }, codes.map((code) => h("li", {}, code))),
    h("p", {}, "Keep them apart from this phone. They are not shown again."),
    h("div", { class: "row" }, print, copy),
  ];
}
