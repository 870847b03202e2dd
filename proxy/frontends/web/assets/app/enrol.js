/**
 * Enrolling this phone: the code by link, camera, paste or typed in groups; then the key is made.
 *
 * Where the app has to be on the home screen first (iOS), no key is made and no code is used: the
 * page says how to add it and shows the code to take along.
 */

import { HAS_CAMERA, scan } from "./camera.js";
import { grouped, LENGTH, read } from "./crockford.js";
import { Device, enrol, ISSUER, Refused } from "./device.js";
import { busy, fault, h, show, tell } from "./dom.js";
import { LOST } from "./home.js";
import { makeKey } from "./keys.js";
import { readLink } from "./link.js";
import { ask } from "./parts.js";
import { deviceName, MUST_BE_ADDED_FIRST } from "./platform.js";
import * as store from "./store.js";
import { worker } from "./worker.js";

const TOLD = {
  "bad-invitation": "This code is used up or too old. Ask your administrator for a new link.",
  "has-device": "Your account has a phone already. To replace it, ask your administrator for a link that does.",
  "bad-claims": "This page was opened at another address than the server's own. Use the link as you got it.",
  "already-enrolled": "This key was enrolled before. Try again.",
  "too-many-tries": "Too many tries. Wait a few minutes, then try again.",
  clock: "This device's clock is wrong. Have it set automatically, then try again.",
};

const UNPROMISED =
  "This browser has not promised to keep it when space is short. Add the app to your home screen, and " +
  "open it now and then.";

/** Show how to enrol; *code* null: it is to be asked for. *done* gets the address to go on at. */
export function showEnrol(code, done, told = "") {
  if (MUST_BE_ADDED_FIRST) showAddFirst(code);
  else if (code) showConfirm(code, done);
  else showAsk(done, told);
}

function showAddFirst(code) {
  const copy = h("button", { type: "button", class: "main wide" }, "Copy the code");
  copy.addEventListener("click", () =>
    busy(copy, async () => {
      await navigator.clipboard.writeText(grouped(code));
      tell("Copied");
      copy.textContent = "Copied";
    }),
  );
  const taken = code && [
    h("h2", {}, "1. Take your code along"),
    shownCode(code),
    h("p", {}, copy),
    h("p", { class: "small quiet" }, "It serves once, and only for some minutes. It is not used up here."),
  ];
  show(
    "Add Countersign to your home screen",
    h("p", {}, "On an iPhone or iPad the app keeps its key on the home screen, apart from Safari. So it is added first, and enrolled there."),
    h(
      "section",
      { class: "card steps" },
      taken,
      h("h2", {}, code ? "2. Add the app" : "Add the app"),
      h(
        "ol",
        {},
        h("li", {}, "Open this page in Safari, if it is not."),
        h("li", {}, "Tap ", h("strong", {}, "Share"), ", then ", h("strong", {}, "Add to Home Screen"), "."),
        h("li", {}, "Open ", h("strong", {}, "Countersign"), " from the home screen."),
        h("li", {}, code ? "Paste the code there, or scan the QR code." : "Scan the QR code or type the code there."),
      ),
    ),
    hint(code),
  );
}

function shownCode(code) {
  const groups = grouped(code).split("-");
  return h("p", { class: "code shown-code", id: "code" }, groups.map((one) => h("span", {}, one)));
}

function showAsk(done, told) {
  const field = codeField();
  const place = h("div", {});
  const scanned = h("p", { class: "fault", role: "alert" });
  const take = (text) => {
    const found = readLink(text);
    if (!found.code) {
      scanned.textContent = found.fault;
      return false;
    }
    showConfirm(found.code, done);
    return true;
  };
  const submit = (event) => {
    event.preventDefault();
    const code = field.code();
    if (code) showConfirm(code, done);
  };
  show(
    "Enrol this phone",
    told && h("p", { class: "notice" }, told),
    h("p", {}, "You need a link or code from your administrator. It serves once."),
    h(
      "section",
      { class: "card" },
      HAS_CAMERA && [scanButton(place, take, scanned), place, scanned, h("p", { class: "or" }, "or")],
      h(
        "form",
        { on: { submit }, novalidate: true },
        field.element,
        h("div", { class: "row" }, pasteButton(field), h("button", { type: "submit", class: "main" }, "Go on")),
      ),
    ),
    hint(null),
  );
}

function scanButton(place, take, told) {
  const button = h("button", { type: "button", class: "wide" }, "Scan a QR code");
  let end = null;
  button.addEventListener("click", () =>
    busy(button, async () => {
      if (end) {
        end();
        end = null;
        button.textContent = "Scan a QR code";
        return;
      }
      told.textContent = "";
      try {
        end = await scan(place, take);
        button.textContent = "Stop the camera";
      } catch {
        told.textContent = "The camera cannot be used. Allow it for this site, or type the code.";
      }
    }),
  );
  return button;
}

function pasteButton(field) {
  if (!navigator.clipboard?.readText) return null;
  const button = h("button", { type: "button" }, "Paste");
  button.addEventListener("click", async () => {
    const text = await navigator.clipboard.readText().catch(() => "");
    field.take(text);
  });
  return button;
}

function codeField() {
  const input = h("input", {
    id: "code",
    class: "code typed-code",
    autocomplete: "off",
    autocapitalize: "characters",
    autocorrect: "off",
    spellcheck: "false",
    maxlength: 2048,
    "aria-describedby": "code-count",
  });
  const count = h("p", { class: "small quiet", id: "code-count" });
  const told = fault(input);
  const say = (code) => (count.textContent = `${code.length} of ${LENGTH} characters`);
  const typed = () => {
    if (input.value.includes("#")) return void field.take(input.value);
    const before = read(input.value.slice(0, input.selectionStart)).code.length;
    const { code, wrong } = read(input.value);
    told.say(wrong.length > 0 ? `A code has no ${wrong.join(" ")}.` : "");
    if (wrong.length > 0) return;
    const kept = code.slice(0, LENGTH);
    input.value = grouped(kept);
    const at = grouped(kept.slice(0, before)).length;
    input.setSelectionRange(at, at);
    say(kept);
    if (code.length > LENGTH) told.say(`A code has ${LENGTH} characters.`);
  };
  input.addEventListener("input", typed);
  say("");
  const field = {
    element: h("div", {}, h("label", { for: "code" }, "Code or link"), input, count, told),
    take: (text) => {
      const found = readLink(text);
      if (found.code) input.value = found.code;
      if (found.code) typed();
      else told.say(text ? found.fault : "There is nothing to paste.");
    },
    code: () => {
      const found = readLink(input.value);
      if (found.code) return found.code;
      const { code } = read(input.value);
      told.say(code.length < LENGTH ? `The code has ${LENGTH} characters; ${code.length} are here.` : found.fault);
      input.focus();
      return null;
    },
  };
  return field;
}

async function showConfirm(code, done) {
  const old = await store.get("phone").catch(() => undefined);
  const name = h("input", { id: "name", maxlength: 64, value: deviceName(), autocomplete: "off" });
  const told = h("p", { class: "fault", role: "alert" });
  const button = h("button", { type: "submit", class: "main wide" }, "Enrol this phone");
  const submit = (event) => {
    event.preventDefault();
    busy(button, async () => {
      told.textContent = "";
      tell("Enrolling");
      const failed = await enrolHere(code, name.value.trim() || deviceName(), done);
      tell("");
      told.textContent = failed;
    });
  };
  const replaced =
    old &&
    h(
      "p",
      { class: "warning" },
      "This browser holds the phone of ",
      h("strong", {}, h("bdi", {}, old.account)),
      " already. A new key takes the place of that one, which then approves nothing any more.",
    );
  show(
    "Enrol this phone",
    h("p", {}, "It will be asked whenever you log in to the network. You approve, or you say that it was not you."),
    h(
      "form",
      { class: "card", on: { submit }, novalidate: true },
      replaced,
      h("label", { for: "name" }, "A name for this phone"),
      name,
      told,
      h("p", {}),
      button,
    ),
    h("p", { class: "small quiet" }, LOST),
    h("p", { class: "small quiet" }, `Server: ${new URL(ISSUER).host}. Did you not ask for this link? Then close this page and tell your administrator.`),
    hint(code),
  );
}

/** Make the key and enrol it; give why not, if not. */
async function enrolHere(code, name, done) {
  try {
    // Not awaited: some browsers ask the person, who need not answer.
    navigator.storage?.persist?.().catch(() => {});
    const key = await makeKey();
    // What cannot be kept must not be enrolled: the code would be used up for nothing.
    await store.put("candidate", key);
    const more = async (given) => Object.assign({}, ...(await ask("enrolling", given)));
    const phone = await enrol(code, name, key, more);
    await store.put("phone", phone);
    await store.remove("candidate");
    await showEnrolled(phone, done);
    return "";
  } catch (error) {
    await store.remove("candidate").catch(() => {});
    if (error instanceof Refused) return TOLD[error.kind] ?? `Refused: ${error.message}`;
    if (error instanceof DOMException && error.name !== "AbortError") {
      return "This browser keeps nothing for this site (a private window?). Use an ordinary one.";
    }
    return error.told ?? "The server did not answer. Try again; the code is not used up until it does.";
  }
}

async function showEnrolled(phone, done) {
  const device = new Device(phone);
  const me = await device.me().catch(() => null);
  const promised = await navigator.storage?.persisted?.().catch(() => false);
  const added = await ask("enrolled", { device, me, worker });
  show(
    "This phone is enrolled",
    h("p", {}, "It answers for ", h("strong", {}, h("bdi", {}, phone.account)), " from now on."),
    added,
    h("section", { class: "card" }, h("h2", {}, "Do not lose it"), h("p", {}, LOST), promised ? null : h("p", {}, UNPROMISED)),
    h("div", { class: "row" }, h("button", { type: "button", class: "main", on: { click: done } }, "Go on")),
  );
}

function hint(code) {
  const link = `${ISSUER}/enroll#${code ?? "CODE"}`;
  return h(
    "details",
    { class: "small" },
    h("summary", {}, "A phone in a terminal instead"),
    h("p", {}, "Give the whole link to the phone there:"),
    h("p", {}, h("code", {}, `countersign phone enroll '${link}'`)),
  );
}
