/**
 * The device API as this phone calls it: fetch, a DPoP proof with every call (RFC 9449).
 *
 * A refusal is a `Refused` with the problem's kind, no answer an `Unreachable`. Every answer tells
 * the server's time; where the server says that the clock is wrong, the call is made once more.
 */

import { digest, encode } from "./base64url.js";
import { sign } from "./jws.js";
import { parseKeys, thumbprint } from "./keys.js";

const PREFIX = "/api/device/v1";
const CALL_SECONDS = 30;

/** The server's address, as phones sign it: `web.url`. */
export const ISSUER = new URL("..", import.meta.url).href.replace(/\/$/, "");

/** The server refused; *kind* is the last part of the problem's type (RFC 9457). */
export class Refused extends Error {
  constructor(status, kind, title) {
    super(title || kind);
    this.status = status;
    this.kind = kind;
  }
}

/** There was no answer, or one that is none. */
export class Unreachable extends Error {}

let ahead = 0;

/** Give the time by the server's clock, as far as it is known; seconds since the epoch. */
export function now() {
  return Date.now() / 1000 + ahead;
}

/** Calls the server as one phone: {id, jwk, privateKey, issuer, ...} of `store.js`. */
export class Device {
  constructor(phone) {
    this.phone = phone;
  }

  /**
   * Make a call with a proof; give the Response, whose status is below 400.
   *
   * *json* is sent as JSON; *made* is a function that gives {type, body}, called again for a second
   * try. *seconds* null: no limit.
   */
  async call(method, path, { query = "", headers = {}, json, made, signal, seconds } = {}) {
    const once = async () => {
      const sent = made ? await made() : asJson(json);
      const DPoP = await dpop(this.phone, method, this.phone.issuer + PREFIX + path);
      const told = { ...headers, DPoP, ...(sent && { "Content-Type": sent.type }) };
      const init = { method, headers: told, body: sent?.body, signal: limited(signal, seconds) };
      return send(path + query, init);
    };
    return inTime(once);
  }

  /** Give the list of open requests {approvals, others} as it is now. */
  async approvals() {
    return (await this.changed({ wait: 0 })).list;
  }

  /**
   * Wait for another list than the one *seen* (its tag); give {list, tag}.
   *
   * The list is null where there was no other in *wait* seconds.
   */
  async changed({ wait, seen, signal }) {
    const headers = seen ? { "If-None-Match": seen } : {};
    const seconds = wait + CALL_SECONDS;
    const query = `?wait=${wait}`;
    const response = await this.call("GET", "/approvals", { query, headers, signal, seconds });
    const list = response.status === 304 ? null : await read(response);
    return { list, tag: response.headers.get("ETag") };
  }

  /** Open the stream of lists; give its Response. */
  events(signal) {
    return this.call("GET", "/events", { signal, seconds: null });
  }

  /**
   * Answer a verified request; *decision* is approve, deny or report.
   *
   * *wrapped* may take the signed answer and give another {type, body} to send (`parts.js`).
   */
  async answer(request, decision, number, wrapped = () => null) {
    const payload = { id: request.id, nonce: request.nonce, request: await digest(request.jws) };
    payload.decision = decision;
    if (number) payload.number = number;
    const made = async () => {
      const claims = { ...payload, iat: Math.floor(now()) };
      const answer = await sign(claims, "approval-answer+jwt", this.phone.privateKey);
      return (await wrapped({ request, answer, decision })) ?? { type: "application/jose", body: answer };
    };
    await this.call("POST", `/approvals/${encodeURIComponent(request.id)}/answer`, { made });
  }

  /** Give what the server knows of this phone, and its keys as a signed list. */
  async me() {
    const known = Object.keys(this.phone.serverKeys).map((kid) => ["known", kid]);
    return read(await this.call("GET", "/me", { query: `?${new URLSearchParams(known)}` }));
  }

  /** End this phone at the server. */
  async unenrol() {
    await this.call("DELETE", "/me");
  }
}

/**
 * Enrol a key by an invitation's code; give the phone as `store.js` keeps it.
 *
 * *more* gets {proof, deviceId, issuer} and gives members that go with the enrolment (`parts.js`).
 */
export async function enrol(code, name, key, more = () => ({})) {
  const deviceId = await thumbprint(key.jwk);
  const once = async () => {
    const claims = { code, aud: ISSUER, iat: Math.floor(now()) };
    const proof = await sign(claims, "enrolment-proof+jwt", key.privateKey);
    const members = { ...(await more({ proof, deviceId, issuer: ISSUER })) };
    const { type, body } = asJson({ ...members, code, name, key: key.jwk, proof });
    const headers = { "Content-Type": type };
    return send("/enrolments", { method: "POST", headers, body, signal: limited() });
  };
  const told = await read(await inTime(once));
  if (told.issuer !== ISSUER || told.device_id !== deviceId || typeof told.account !== "string") {
    throw new Unreachable("the server answered for another server or phone");
  }
  const serverKeys = await parseKeys(told.server_keys);
  const { account } = told;
  const enrolledAt = Math.floor(now());
  return { ...key, id: deviceId, account, issuer: ISSUER, name, serverKeys, enrolledAt };
}

async function dpop({ jwk, privateKey }, method, url) {
  const jti = encode(crypto.getRandomValues(new Uint8Array(16)));
  const payload = { htm: method, htu: url, jti, iat: Math.floor(now()) };
  return sign(payload, "dpop+jwt", privateKey, { jwk });
}

/** Make a call; once more where the clock was wrong, which its Date has corrected. */
async function inTime(once) {
  const first = await refusalOf(await once());
  if (first.refused?.kind !== "clock") return first.good();
  return (await refusalOf(await once())).good();
}

/** Take the time from a Date, which tells whole seconds: smaller differences say nothing. */
function keepTime(date) {
  const told = Date.parse(date) / 1000 + 0.5;
  if (Number.isFinite(told) && Math.abs(told - now()) > 1) ahead = told - Date.now() / 1000;
}

async function refusalOf(response) {
  keepTime(response.headers.get("Date"));
  if (response.status < 400) return { good: () => response };
  const problem = await response.json().catch(() => ({}));
  const kind = String(problem.type ?? "unknown").split("/").at(-1);
  const refused = new Refused(response.status, kind, String(problem.title ?? ""));
  return {
    refused,
    good: () => {
      throw refused;
    },
  };
}

async function send(path, init) {
  const options = { ...init, cache: "no-store", credentials: "omit", redirect: "error" };
  try {
    return await fetch(ISSUER + PREFIX + path, { ...options, referrerPolicy: "no-referrer" });
  } catch (error) {
    const reason = init.signal?.reason;
    if (reason && reason.name !== "TimeoutError") throw reason;
    throw new Unreachable(error.message);
  }
}

function asJson(members) {
  return members && { type: "application/json", body: JSON.stringify(members) };
}

function limited(signal, seconds = CALL_SECONDS) {
  const limits = [signal, seconds === null ? null : AbortSignal.timeout(seconds * 1000)];
  const found = limits.filter(Boolean);
  return found.length > 1 ? AbortSignal.any(found) : found[0];
}

async function read(response) {
  try {
    return await response.json();
  } catch {
    throw new Unreachable("the answer is not JSON");
  }
}
