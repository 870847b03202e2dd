/**
 * Signed texts: compact JWS by ES256, in the one strict profile of the device API.
 *
 * Form, then algorithm and type, and only then the signature is checked. The key always comes from
 * the caller, never from a header (RFC 7515 section 5.2, RFC 8725 section 3).
 */

import { decode, encode, utf8 } from "./base64url.js";
import { importKey } from "./keys.js";
import { parseObject } from "./strict_json.js";

const ALGORITHM = { name: "ECDSA", hash: "SHA-256" };
const SIZE = 8192;
const REFUSED = ["crit", "b64", "jku", "x5u", "x5c", "jwk"];

/** Sign a payload with this phone's key; *header* holds what comes beside `alg` and `typ`. */
export async function sign(payload, typ, privateKey, header = {}) {
  const protectedHeader = { alg: "ES256", typ, ...header };
  const parts = [protectedHeader, payload].map((one) => encode(utf8(JSON.stringify(one))));
  const text = parts.join(".");
  const signature = await crypto.subtle.sign(ALGORITHM, privateKey, utf8(text));
  return `${text}.${encode(signature)}`;
}

/** Give the payload of a JWS that one of *keys* (public JWKs by `kid`) signed. Throws. */
export async function verify(text, typ, keys) {
  if (typeof text !== "string" || text.length > SIZE) throw new Error("not a JWS");
  const parts = text.split(".");
  if (parts.length !== 3) throw new Error("not a compact JWS");
  const [head, body, signature] = parts.map(decode);
  const header = parseObject(head);
  if (header.alg !== "ES256") throw new Error("another algorithm");
  if (header.typ !== typ) throw new Error("another type");
  if (REFUSED.some((name) => Object.hasOwn(header, name))) throw new Error("a refused header");
  if (signature.length !== 64) throw new Error("not a signature of ES256");
  const payload = parseObject(body);
  if (typeof header.kid !== "string" || !Object.hasOwn(keys, header.kid)) {
    throw new UnknownKey("signed by a key that is not known here");
  }
  const key = await importKey(keys[header.kid]);
  const good = await crypto.subtle.verify(ALGORITHM, key, signature, utf8(`${parts[0]}.${parts[1]}`));
  if (!good) throw new Error("another signature than the key's");
  return payload;
}

/** A text that names a key of the server which this phone has not. */
export class UnknownKey extends Error {}
