/** The enrolment link: where its code is taken from, and what is left of it afterwards. */

import { normalise } from "./crockford.js";
import { ISSUER } from "./device.js";

/**
 * Take the code from this page's address, and remove it from the address and the history at once.
 *
 * Give the code; null: there was none, or none that can be one.
 */
export function takeCode() {
  const text = location.hash.slice(1);
  if (!text || text.startsWith("/")) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return normalise(decoded(text));
}

/** Read what was pasted or scanned: {code}, or {fault} with what is wrong with it. */
export function readLink(text) {
  const given = text.trim();
  const [address, fragment] = given.split("#");
  if (fragment === undefined) {
    const code = normalise(given);
    return code ? { code } : { fault: "That is no enrolment link and no code." };
  }
  if (address !== `${ISSUER}/enroll`) {
    return { fault: "That link belongs to another server. Open it in a browser instead." };
  }
  const code = normalise(decoded(fragment));
  return code ? { code } : { fault: "The link's code is not complete." };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
