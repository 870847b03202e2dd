/**
 * What the server signs: approval requests and the list of its keys. Nothing of either is used
 * before the signature, the type, this server's name and this phone's were checked.
 */

import { verify } from "./jws.js";
import { parseKeys } from "./keys.js";

const SHOWN_LENGTH = 64;
const NUMBER_LENGTH = 16;
const NOT_SHOWN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Give a text as it may be shown: no control, format or direction characters, cut. */
export function shownText(text) {
  return [...String(text).replace(NOT_SHOWN, "")].slice(0, SHOWN_LENGTH).join("");
}

/**
 * Verify a request for a phone (as `store.js` keeps it); give what is shown of it.
 *
 * Its times are not judged here. Throws UnknownKey where the server may have a new key.
 */
export async function readRequest(text, phone) {
  const payload = await verify(text, "approval-request+jwt", phone.serverKeys);
  mustBeForUs(payload, phone);
  const digits = payload.number_digits;
  if (!Number.isInteger(digits) || digits < 0 || digits > NUMBER_LENGTH) {
    throw new Error("no number of digits");
  }
  return Object.freeze({
    jws: text,
    id: claim(payload, "id"),
    nonce: claim(payload, "nonce"),
    account: shownText(claim(payload, "sub")),
    client: shownText(claim(payload, "client")),
    origin: shownText(claim(payload, "origin")),
    issuedAt: time(payload, "iat"),
    expiresAt: time(payload, "exp"),
    numberDigits: digits,
    verifyUser: payload.verify_user === true,
    firstTime: payload.first_time === true,
    country: /^[A-Z]{2}$/.test(payload.country ?? "") ? payload.country : null,
  });
}

/** Verify a list of the server's keys; give the keys by their id. */
export async function readKeyList(text, phone) {
  const payload = await verify(text, "server-keys+jwt", phone.serverKeys);
  mustBeForUs(payload, phone);
  return parseKeys(payload);
}

function mustBeForUs(payload, phone) {
  if (payload.iss !== phone.issuer) throw new Error("of another server");
  if (payload.aud !== phone.id) throw new Error("for another phone");
}

function claim(payload, name) {
  const value = payload[name];
  if (typeof value !== "string" || value === "" || value.length > 4096) {
    throw new Error(`no text as ${name}`);
  }
  return value;
}

function time(payload, name) {
  const value = payload[name];
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`no time as ${name}`);
  return value;
}
