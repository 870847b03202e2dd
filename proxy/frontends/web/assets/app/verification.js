/**
 * The part of the app that makes sure of its person where the server wants it: a passkey is made
 * with the enrolment, and asked for with an approval. To deny or report needs none.
 */

import { h } from "./dom.js";
import { assert, isBuiltIn, IS_POSSIBLE, register } from "./passkey.js";
import { deviceName } from "./platform.js";
import * as store from "./store.js";

let wanted = null;

/** Where the id of a phone's passkey is kept: it is made before its phone is enrolled. */
const placeOf = (deviceId) => `passkey of ${deviceId}`;

/** An Error whose message the person reads. */
function told(message) {
  return Object.assign(new Error(message), { told: message });
}

export const verification = {
  /** Offer the passkey in the form of the enrolment. */
  async choosing() {
    if (!IS_POSSIBLE) return null;
    wanted = h("input", { type: "checkbox", id: "passkey", "aria-describedby": "passkey-hint" });
    wanted.checked = await isBuiltIn();
    return h(
      "div",
      { class: "choice" },
      wanted,
      h("label", { for: wanted.id }, "Check that it is me: fingerprint, face or PIN"),
      h("p", { class: "small quiet", id: "passkey-hint" }, "Makes a passkey on this device. Some logins can be approved only with one."),
    );
  },

  async enrolling({ proof, deviceId, issuer }) {
    if (!wanted?.checked) return null;
    const { hostname: id } = new URL(issuer);
    let passkey;
    try {
      passkey = await register(proof, { id, name: "Countersign", deviceId, user: deviceName() });
    } catch {
      throw told("No passkey was made. Try again, or take the tick away to enrol without one.");
    }
    await store.put(placeOf(deviceId), passkey.id);
    return { passkey };
  },

  home({ me }) {
    if (!me?.passkey) return null;
    return h("p", { class: "small quiet" }, "This phone can check that it is you: fingerprint, face or PIN.");
  },

  async answering({ request, answer, decision }) {
    if (!request.verifyUser || decision !== "approve") return null;
    try {
      const phone = await store.get("phone");
      const assertion = await assert(answer, await store.get(placeOf(phone.id)));
      return { type: "application/json", body: JSON.stringify({ answer, assertion }) };
    } catch {
      throw told("You were not verified, so nothing was approved. Try again.");
    }
  },
};
