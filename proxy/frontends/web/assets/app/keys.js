/**
 * Public keys: P-256 and nothing else, named by their thumbprint (RFC 7638).
 *
 * The private half of this phone's own key is made here and can never be read out: neither by these
 * pages nor by whatever else might run in them.
 */

import { decode, digest } from "./base64url.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const REQUIRED = ["kty", "crv", "x", "y"];
const ALLOWED = new Set([...REQUIRED, "kid", "alg", "use"]);

/** Make a key pair whose private half cannot be exported; give it with its public JWK. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { privateKey: pair.privateKey, jwk: { crv, kty, x, y } };
}

/** Give the name of a key. */
export function thumbprint({ x, y }) {
  return digest(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`);
}

/** Read one JWK of a peer; give it in its one form. Throws for every other kind of key. */
export async function parseKey(found) {
  if (found === null || typeof found !== "object") throw new Error("not a JWK");
  const names = Object.keys(found);
  if (!REQUIRED.every((name) => names.includes(name))) throw new Error("not a P-256 key");
  if (!names.every((name) => ALLOWED.has(name))) throw new Error("a key with other members");
  if (found.kty !== "EC" || found.crv !== "P-256") throw new Error("not a P-256 key");
  if ((found.alg ?? "ES256") !== "ES256" || (found.use ?? "sig") !== "sig") {
    throw new Error("a key for another use");
  }
  for (const coordinate of [found.x, found.y]) {
    if (decode(coordinate).length !== 32) throw new Error("not a P-256 key");
  }
  const jwk = { crv: "P-256", kty: "EC", x: found.x, y: found.y };
  await importKey(jwk);
  return jwk;
}

/** Read a JWK Set; give its keys by thumbprint. Throws, also where there are none. */
export async function parseKeys(found) {
  if (!Array.isArray(found?.keys) || found.keys.length === 0) throw new Error("no keys");
  const keys = {};
  for (const one of found.keys) {
    const jwk = await parseKey(one);
    keys[await thumbprint(jwk)] = jwk;
  }
  return keys;
}

/** Give a public key as WebCrypto verifies with it; throws for a point that is not on the curve. */
export function importKey(jwk) {
  return crypto.subtle.importKey("jwk", jwk, CURVE, false, ["verify"]);
}
