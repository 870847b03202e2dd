/** Codes in the app, as a part of its main page: shown, counted down, enrolled, replaced. */

import { enrol, forget, goOn, isBegun, keepTime, kept, shown } from "./codes.js";
import { Refused, Unreachable } from "./device.js";
import { busy, fault, h, tell } from "./dom.js";

const EVERY = 250;

const REFUSALS = {
  "code-wrong": "This code is not right, or was used. Wait for the next one and type that.",
  "already-enrolled": "You have codes in another app. Type a code of it to have them here instead.",
  "nothing-begun": "That took too long. Begin again.",
  "app-codes-off": "Your organisation does not allow codes in this app.",
};

/** A part of `parts.js`. */
export const codesPart = { home };

async function home({ device, me }) {
  const place = h("section", { class: "card", "aria-labelledby": "codes-title" });
  const found = await present(device, me);
  if (found) place.replaceChildren(...codesShown(found, me));
  else if (me?.app_codes) place.replaceChildren(...offer(device, me, place));
  else return null;
  return place;
}

/** Give the codes of this phone; null: it makes none. */
async function present(device, me) {
  if (me?.app_codes && (await isBegun())) {
    const codes = await goOn(device).catch((error) => {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    });
    if (codes) return codes;
  }
  const codes = await kept();
  if (!codes) return null;
  if (me && !me.totp_here) {
    await forget();
    tell("The codes in this app were ended. They no longer serve.");
    return null;
  }
  return me ? keepTime(codes) : codes;
}

function title(text = "Your code") {
  return h("h2", { id: "codes-title" }, text);
}

function codesShown(codes, me) {
  const code = h("p", { class: "passcode" });
  const bar = h("div", {});
  const left = h("p", { class: "quiet small" });
  const turn = async () => {
    const now = await shown(codes);
    say(code, now.code === null ? "– – –" : spaced(now.code));
    say(left, wording(now));
    bar.style.transform = `scaleX(${now.left / codes.period})`;
  };
  turn();
  const timer = setInterval(() => {
    if (code.isConnected) turn();
    else clearInterval(timer);
  }, EVERY);
  const when = me ? "It serves without a network too." : "There is no network; the code serves all the same.";
  const countdown = h("div", { class: "bar", "aria-hidden": "true" }, bar);
  return [title(), code, countdown, left, h("p", { class: "quiet small" }, `Type it where a login asks for a code. ${when}`)];
}

function wording({ code, left }) {
  const seconds = left === 1 ? "1 second" : `${left} seconds`;
  return code === null ? `The first code is used up. The next one comes in ${seconds}.` : `Good for ${seconds}.`;
}

function spaced(code) {
  const half = Math.ceil(code.length / 2);
  return `${code.slice(0, half)} ${code.slice(half)}`;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function offer(device, me, place) {
  const field = h("input", {
    id: "old-code",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    maxlength: "8",
    pattern: "[0-9]{6,8}",
    required: me.totp,
  });
  const wrong = fault(field);
  const asked = h("div", { hidden: !me.totp }, h("label", { for: "old-code" }, "A code of your present app"), field);
  const button = h("button", { type: "submit", class: "wide" }, "Make codes on this phone");
  const submitted = (event) => {
    event.preventDefault();
    busy(button, () => begin(field.value.trim()));
  };
  const begin = async (oldCode) => {
    wrong.say("");
    try {
      const codes = await enrol(device, oldCode);
      place.replaceChildren(...codesShown(codes, { ...me, totp: true }));
      tell("This phone makes codes now.");
    } catch (error) {
      asked.hidden &&= error.kind !== "already-enrolled";
      field.required = !asked.hidden;
      field.value = "";
      wrong.say(REFUSALS[error.kind] ?? "The server could not be reached. Try again.");
      if (!asked.hidden) field.focus();
    }
  };
  const why = me.totp
    ? "Codes let you in when this phone has no network. You have them in another app: here they take its place, and the other app's stop serving."
    : "Codes let you in when this phone has no network. They are made here, and nowhere else.";
  const form = h("form", { novalidate: true, on: { submit: submitted } }, asked, wrong, h("p", {}), button);
  return [title("Codes without a network"), h("p", { class: "quiet" }, why), form];
}
