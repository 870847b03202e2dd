/**
 * One request as a person sees it: who, to what, from where, when, for how much longer; and the
 * answer. The number is typed, never picked. What the person types stays while the list changes.
 */

import { now, Refused } from "./device.js";
import { busy, fault, h, tell } from "./dom.js";
import { ask } from "./parts.js";

export const DONE = {
  approve: "Approved. The login goes on.",
  deny: "Denied. The login is refused.",
  report:
    "Denied and reported. Whoever it was knows your password: change it, and tell your administrator.",
};
const FIRST_TIME =
  "You never logged in from there before. Approve only if you are logging in there at this moment.";
const TOLD = {
  gone: "This request had ended before your answer came.",
  answered: "This request was answered before.",
  "number-wrong": "That is not the number that the login shows. Look again.",
  "number-missing": "Type the number that the login shows.",
  "verify-user": "This login needs your fingerprint, face or PIN, and this phone has none enrolled.",
  clock: "This phone's clock is wrong. Set it to be set automatically.",
};

/**
 * Make the card of a verified request.
 *
 * *done* is called with what to tell once the request needs no answer any more.
 */
export function requestCard(device, request, done) {
  const number = request.numberDigits > 0 ? numberField(request) : null;
  const told = h("p", { class: "fault", role: "alert" });
  const say = (text) => (number ?? told).say(text);
  told.say = (text) => (told.textContent = text);
  const left = h("strong", {});
  const bar = h("div", {});

  const send = async (decision) => {
    const typed = decision === "approve" && number ? number.value() : null;
    if (typed === "") return number.refuse();
    say("");
    tell("Sending your answer");
    const error = await answer(device, request, decision, typed);
    if (error === null) return done(request, DONE[decision]);
    tell("");
    if (error.kind === "gone" || error.kind === "answered") return done(request, TOLD[error.kind]);
    say(TOLD[error.kind] ?? error.text);
    if (number && decision === "approve") number.again();
  };
  const once = (decision) => (event) => {
    event.preventDefault();
    return busy(card, () => send(decision));
  };

  const form = h(
    "form",
    { on: { submit: once("approve") }, novalidate: true },
    number?.element,
    told,
    h(
      "div",
      { class: "row" },
      h("button", { type: "submit", class: "main" }, "Approve"),
      h("button", { type: "button", on: { click: once("deny") } }, "Deny"),
    ),
    h(
      "button",
      { type: "button", class: "plain wide", on: { click: once("report") } },
      "This was not me",
    ),
  );
  const heading = h("h2", { id: `is-${request.id}`, tabindex: "-1" }, "Is this you?");
  const card = h(
    "section",
    { class: "card request", "aria-labelledby": heading.id, id: `request-${request.id}` },
    heading,
    h(
      "div",
      { class: "left", role: "timer", "aria-live": "off" },
      h("span", { class: "quiet" }, "Ends in"),
      left,
    ),
    h("div", { class: "bar", "aria-hidden": "true" }, bar),
    facts(request),
    request.firstTime ? h("p", { class: "first-time" }, FIRST_TIME) : null,
    form,
  );
  card.tick = () => {
    const seconds = Math.max(0, request.expiresAt - now());
    left.textContent = clock(Math.min(seconds, request.expiresAt - request.issuedAt));
    bar.style.transform = `scaleX(${Math.min(1, seconds / (request.expiresAt - request.issuedAt))})`;
    return seconds > 0;
  };
  card.tick();
  return card;
}

/** What a screen reader says of a new request. */
export function spoken(request) {
  const careful = request.firstTime ? " You never logged in from there before." : "";
  return `Is this you? A login to ${request.client} from ${request.origin} waits for your answer.${careful}`;
}

async function answer(device, request, decision, number) {
  const wrapped = async (given) => (await ask("answering", given))[0] ?? null;
  try {
    await device.answer(request, decision, number, wrapped);
    return null;
  } catch (error) {
    if (error instanceof Refused) return { kind: error.kind, text: `Refused: ${error.message}` };
    const text = error.told ?? "Your answer did not arrive. Try again.";
    return { kind: "unreachable", text };
  }
}

function facts(request) {
  const at = new Date(request.issuedAt * 1000);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const rows = [
    ["Who", request.account],
    ["To", request.client],
    ["From", request.country ? `${request.origin} (${country(request.country)})` : request.origin],
    ["At", time],
  ];
  const cells = rows.flatMap(([name, value]) => [
    h("dt", {}, name),
    h("dd", {}, h("bdi", {}, value)),
  ]);
  return h("dl", { class: "facts" }, cells);
}

function country(code) {
  return new Intl.DisplayNames([], { type: "region", fallback: "code" }).of(code);
}

/** What is shown of another login of the same person, which gets no request of its own. */
export function otherLogin(origin) {
  return h(
    "p",
    { class: "warning" },
    "Another login in your name waits, from ",
    h("strong", {}, h("bdi", {}, origin)),
    ". If that is not you, somebody else has your password: change it.",
  );
}

function numberField(request) {
  const { numberDigits, id } = request;
  const hint = `The login shows ${numberDigits} digits. Type them here only if you see them yourself.`;
  const input = h("input", {
    id: `number-${id}`,
    inputmode: "numeric",
    pattern: "[0-9]*",
    maxlength: numberDigits,
    autocomplete: "off",
    enterkeyhint: "done",
    "aria-describedby": `hint-${id}`,
  });
  const told = fault(input);
  input.addEventListener("input", () => {
    const digits = input.value.replace(/\D/g, "").slice(0, numberDigits);
    if (digits !== input.value) input.value = digits;
    told.say("");
  });
  return {
    element: h(
      "div",
      { class: "number" },
      h("label", { for: input.id }, "Number shown at the login"),
      input,
      h("p", { class: "quiet small", id: `hint-${id}` }, hint),
      told,
    ),
    value: () => (input.value.length === numberDigits ? input.value : ""),
    refuse: () => {
      told.say(`Type all ${numberDigits} digits that the login shows.`);
      input.focus();
    },
    again: () => {
      input.select();
      input.focus();
    },
    say: told.say,
  };
}

function clock(seconds) {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
