/**
 * The browser's subscription at its push service, and where the server is told of it.
 *
 * It is bound to the server's key (`push_key` of GET /me); one that is bound to another is replaced.
 * Pages and the service worker use it; nothing here asks a person anything but `subscribe`, which
 * belongs behind a tap.
 */

import { decode, encode } from "./base64url.js";
import { get, put, remove } from "./store.js";

const PATH = "/push-subscription";
/** The endpoint that the server was told last; kept as long as the person wants notices. */
const TOLD = "push";
const SECONDS = 30;

/** The browser's push service did not answer. */
export class NoService extends Error {}

/** Whether this browser has Web Push for a registration of a service worker. */
export function isAble(registration) {
  return Boolean(registration?.pushManager) && "Notification" in self;
}

/** Whether the person turned notices on here, and the browser still allows them. */
export async function isOn() {
  return Notification.permission === "granted" && (await get(TOLD)) !== undefined;
}

/** Ask for permission, where it was not asked yet; subscribe; tell the server. False: not allowed. */
export async function subscribe(device, registration, me) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  await renew(device, registration, me);
  return true;
}

/**
 * Tell the server where this phone is woken now; *me* is what it said of this phone.
 *
 * What it was told and has dropped since was refused by the push service for good: the browser is
 * made to subscribe anew.
 */
export async function renew(device, registration, { push_key, push_subscribed }) {
  const { pushManager } = await active(registration);
  const found = await pushManager.getSubscription();
  if (found && !push_subscribed && found.endpoint === (await get(TOLD))) await found.unsubscribe();
  const subscription = await current(pushManager, decode(push_key));
  await device.call("PUT", PATH, { json: subscription.toJSON() });
  await put(TOLD, subscription.endpoint);
}

/** Be woken no more. */
export async function unsubscribe(device, registration) {
  await remove(TOLD);
  await device.call("DELETE", PATH);
  const subscription = await registration.pushManager.getSubscription();
  await subscription?.unsubscribe();
}

/** Give the subscription that is bound to a key; make it where there is none. */
async function current(pushManager, applicationServerKey) {
  const found = await pushManager.getSubscription();
  const bound = found?.options.applicationServerKey;
  if (bound && encode(bound) === encode(applicationServerKey)) return found;
  await found?.unsubscribe();
  return inTime(pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
}

/** Wait until a registration has an active worker: without one there is no subscribing. */
function active(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return registration;
  return inTime(
    new Promise((resolve) => {
      worker.addEventListener("statechange", () => {
        if (registration.active) resolve(registration);
      });
    }),
  );
}

function inTime(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new NoService("no answer")), SECONDS * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
