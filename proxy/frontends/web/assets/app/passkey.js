/**
 * Passkeys (WebAuthn): the authenticator of this device makes sure of its person.
 *
 * Each challenge is the SHA-256 of a JWS that this phone signed, so that what the authenticator
 * signs is bound to that text. Credentials go out and come in as WebAuthn's JSON forms. What the
 * person cancels, or the device cannot do, rises as the browser's own DOMException.
 */

import { decode, encode, utf8 } from "./base64url.js";

const SECONDS = 60;
/** ES256, EdDSA, RS256 (COSE): what the server takes. */
const ALGORITHMS = [-7, -8, -257];

/** Whether a passkey can be made here at all: for a name, never for an address. */
export const IS_POSSIBLE =
  "PublicKeyCredential" in self && !/^\[|^[0-9.]+$/.test(location.hostname);

/** Say whether this device makes sure of its person by itself: fingerprint, face, PIN. */
export async function isBuiltIn() {
  if (!IS_POSSIBLE) return false;
  return PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false);
}

/**
 * Make a passkey that goes with an enrolment; give its RegistrationResponseJSON.
 *
 * *rp* is {id, name, deviceId, user}: the server's host and name, the phone's id, and what the
 * device lists the passkey under.
 */
export async function register(proofJws, { id, name, deviceId, user }) {
  const handle = await hashed(deviceId);
  const publicKey = {
    challenge: await hashed(proofJws),
    rp: { id, name },
    user: { id: handle, name: user, displayName: user },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    // The app keeps the id, so it need not be found by the person's name: where a platform leaves
    // the choice, such a passkey stays in the device.
    authenticatorSelection: { residentKey: "discouraged", userVerification: "required" },
    attestation: "none",
    timeout: SECONDS * 1000,
  };
  const made = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = made.response;
  const transports = made.response.getTransports?.() ?? [];
  return json(made, { clientDataJSON, attestationObject }, { transports });
}

/**
 * Have the person verified for a signed answer; give the AuthenticationResponseJSON.
 *
 * *credentialId* is the `id` that `register` gave; without one the person picks the passkey.
 */
export async function assert(answerJws, credentialId) {
  const publicKey = {
    challenge: await hashed(answerJws),
    rpId: location.hostname,
    allowCredentials: credentialId ? [{ type: "public-key", id: decode(credentialId) }] : [],
    userVerification: "required",
    timeout: SECONDS * 1000,
  };
  const got = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = got.response;
  const handle = userHandle?.byteLength > 0 ? { userHandle } : {};
  return json(got, { clientDataJSON, authenticatorData, signature, ...handle });
}

async function hashed(text) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text)));
}

/** Write a credential as `toJSON` does, which not every browser has. */
function json(credential, octets, more = {}) {
  const members = Object.entries(octets).map(([name, value]) => [name, encode(value)]);
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: {},
    response: { ...Object.fromEntries(members), ...more },
  };
}
