/**
 * The authenticator: decides which page is shown, at /app/ and at the enrolment link /enroll.
 *
 *   link, platform   what this page was opened with, and on what
 *   enrol            the code and the new key; camera and crockford read codes
 *   home             what an enrolled phone shows; request_card one request, watching the waiting
 *   inbox, requests  nothing is shown before the server's signature on it was verified
 *   device           the device API; jws, keys, base64url, strict_json are what it is signed with
 *   store, worker    what is kept, and the service worker (sw.js)
 *   parts            where optional modules are added: passkeys, codes, push
 *   notices, push    being woken while the app is closed, where the person turns that on
 *   recovery         the recovery codes, which are issued once, after the enrolment
 *   install          the app on the home screen, where the browser offers it
 *   verification     the part that makes sure of the person; passkey is WebAuthn
 *
 * No module asks anything of another origin. Elements are made in `dom.js`, texts never as markup.
 */

import { Device } from "./device.js";
import { h, show } from "./dom.js";
import { showEnrol } from "./enrol.js";
import { showHome } from "./home.js";
import { takeCode } from "./link.js";
import { IS_ABLE, MUST_BE_ADDED_FIRST } from "./platform.js";
import * as store from "./store.js";

const HOME = new URL("./", import.meta.url).pathname;

async function begin(code, told = "") {
  if (!IS_ABLE) return showUnable();
  if (MUST_BE_ADDED_FIRST && location.pathname !== HOME) return addFrom(code);
  let phone;
  try {
    phone = MUST_BE_ADDED_FIRST ? undefined : await store.get("phone");
  } catch {
    return showUnable();
  }
  if (code || !phone) return showEnrol(code, goHome, told);
  if (location.pathname !== HOME) return goHome();
  return showHome(new Device(phone), (text) => begin(null, text));
}

/** Go on in the app itself, which is where its service worker is and where icons lead. */
function goHome() {
  location.replace(HOME);
}

/** An icon leads to the app only if it is added there; the code goes along and is removed again. */
function addFrom(code) {
  location.replace(code ? `${HOME}#${code}` : HOME);
}

function showUnable() {
  show(
    "This browser cannot be a phone",
    h("p", {}, "It is too old, or keeps nothing for this site (a private window?). Use a current browser in an ordinary window."),
  );
}

begin(takeCode());
addEventListener("hashchange", () => {
  const code = takeCode();
  if (code) begin(code);
});
