/**
 * Codes that this phone makes by itself, without a network: TOTP (RFC 6238).
 *
 * The seed comes once, in an otpauth:// URI, and becomes a key that the browser keeps and never gives
 * out again. `store.js` keeps two values: `codes`, those of the account, and `codes-begun`, what has
 * had no answer to its first code yet. Either is
 *
 *     {key, digits, period, step, ahead}
 *
 * key: CryptoKey, HMAC, not extractable. period: seconds. step: the one whose code is the first, which
 * serves no login. ahead: seconds that the server's clock is ahead of this phone's, for when there is
 * no network to ask it.
 */

import { now } from "./device.js";
import { get, put, remove } from "./store.js";

const HASHES = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SHORTEST_SEED = 14;

/** Make what is kept of an otpauth:// URI, whose text nobody needs afterwards. */
export async function readUri(uri) {
  if (!uri.startsWith("otpauth://totp/")) throw new Error("the URI is not one for codes by time");
  const facts = new URLSearchParams(uri.slice(uri.indexOf("?") + 1));
  const hash = HASHES[facts.get("algorithm") ?? "SHA1"];
  const digits = wholeNumber(facts.get("digits") ?? "6", 6, 8);
  const period = wholeNumber(facts.get("period") ?? "30", 1, 120);
  const seed = decodeBase32(facts.get("secret") ?? "");
  if (!hash || seed.length < SHORTEST_SEED) throw new Error("the URI holds no seed for this app");
  const key = await crypto.subtle.importKey("raw", seed, { name: "HMAC", hash }, false, ["sign"]);
  return { key, digits, period, step: null, ahead: 0 };
}

/** Give the code of one step (RFC 4226 section 5.3). */
export async function codeOf(codes, step) {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = await crypto.subtle.sign("HMAC", codes.key, counter);
  const octets = new DataView(mac);
  const number = octets.getUint32(octets.getUint8(mac.byteLength - 1) & 15) & 0x7fffffff;
  return String(number % 10 ** codes.digits).padStart(codes.digits, "0");
}

/**
 * Give what is shown now: {code, left}; left are whole seconds until the next one.
 *
 * code is null in the step whose code was the first: it has served.
 */
export async function shown(codes, seconds = Date.now() / 1000 + codes.ahead) {
  const step = Math.floor(seconds / codes.period);
  const left = Math.ceil((step + 1) * codes.period - seconds);
  return { code: step <= codes.step ? null : await codeOf(codes, step), left };
}

/** Give the account's codes that this phone makes; undefined: it makes none. */
export function kept() {
  return get("codes");
}

/** Say whether something was begun whose first code had no answer. */
export async function isBegun() {
  return (await get("codes-begun")) !== undefined;
}

/** Note what the server's clock says, now that there is a network. */
export async function keepTime(codes) {
  const known = { ...codes, ahead: ahead() };
  if (Math.abs(known.ahead - codes.ahead) > 1) await put("codes", known);
  return known;
}

/** Forget them on this phone. */
export async function forget() {
  await remove("codes");
  await remove("codes-begun");
}

/**
 * Enrol, and give the codes.
 *
 * *oldCode* is a code of the app whose place they take; empty: there is none. Throws as
 * `Device.call`: `already-enrolled` where a code is wanted, `code-wrong` where it is not right.
 */
export async function enrol(device, oldCode = "") {
  const json = oldCode ? { replace: true, code: oldCode } : {};
  const { uri } = await (await device.call("POST", "/totp", { json })).json();
  const codes = await readUri(uri);
  return confirm(device, { ...codes, step: present(codes) });
}

/** Go on with what was begun; give the codes. Throws as `Device.call`. */
export async function goOn(device) {
  const begun = await get("codes-begun");
  try {
    // The same code first: the server may have taken it, and its answer was lost.
    return await confirm(device, begun);
  } catch (error) {
    if (error.kind !== "code-wrong") throw error;
  }
  return confirm(device, { ...begun, step: present(begun) });
}

async function confirm(device, begun) {
  await put("codes-begun", begun);
  try {
    await device.call("PUT", "/totp", { json: { code: await codeOf(begun, begun.step) } });
  } catch (error) {
    if (["nothing-begun", "already-enrolled"].includes(error.kind)) await remove("codes-begun");
    throw error;
  }
  const codes = { ...begun, ahead: ahead() };
  await put("codes", codes);
  await remove("codes-begun");
  return codes;
}

function present(codes) {
  return Math.floor(now() / codes.period);
}

function ahead() {
  return now() - Date.now() / 1000;
}

function decodeBase32(text) {
  const octets = [];
  let value = 0;
  let bits = 0;
  for (const letter of text.replace(/=+$/, "")) {
    const five = BASE32.indexOf(letter);
    if (five < 0) throw new Error("the seed is not base32");
    value = ((value << 5) | five) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets.push((value >> bits) & 0xff);
    }
  }
  return Uint8Array.from(octets);
}

function wholeNumber(text, least, most) {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most)) throw new Error("the URI asks for other codes than these");
  return number;
}
