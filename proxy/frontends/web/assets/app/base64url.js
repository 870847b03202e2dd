/** Octets as base64url without padding (RFC 7515 section 2), in its one form. */

const FORM = /^[A-Za-z0-9_-]*$/;

/** Write octets (an ArrayBuffer or Uint8Array). */
export function encode(octets) {
  let text = "";
  for (const octet of new Uint8Array(octets)) text += String.fromCharCode(octet);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Read octets; throws for every other form than the one that `encode` writes. */
export function decode(text) {
  if (typeof text !== "string" || !FORM.test(text)) throw new Error("not base64url");
  const found = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const octets = Uint8Array.from(found, (one) => one.charCodeAt(0));
  if (encode(octets) !== text) throw new Error("not the canonical base64url");
  return octets;
}

/** Give the UTF-8 octets of a text. */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** Give base64url of the SHA-256 of a text's UTF-8 octets. */
export async function digest(text) {
  return encode(await crypto.subtle.digest("SHA-256", utf8(text)));
}
