/**
 * Optional parts of the app. Each is a module of its own, imported here and named in `parts`, and
 * nowhere else. A part is an object with any of these, all of which may be async:
 *
 *   choosing()                             gives an element for the form of the enrolment, or null
 *   enrolling({proof, deviceId, issuer})   gives members that go with the enrolment's JSON; throws
 *                                          an Error whose message the person reads, to stop it
 *   enrolled(context)                      gives an element for the page after the enrolment, or null
 *   home(context)                          gives an element for the main page, or null
 *   answering({request, answer, decision}) gives {type, body} to send in place of the signed answer,
 *                                          or null; throws as `enrolling` does, to stop the answer
 *
 * `context` is {device, me, worker}: the `Device`, the answer of GET /me (null where there is no
 * network), and a promise of the service worker's registration (null where there is none).
 */

import { blocked } from "./blocked.js";
import { codesPart } from "./codes_part.js";
import { install } from "./install.js";
import { notices } from "./notices.js";
import { recovery } from "./recovery.js";
import { verification } from "./verification.js";

export const parts = [blocked, verification, codesPart, recovery, notices, install];

/** Call one hook of every part that has it; give what they gave, without nulls. */
export async function ask(hook, given) {
  const found = [];
  for (const part of parts) {
    const told = await part[hook]?.(given);
    if (told) found.push(told);
  }
  return found;
}
