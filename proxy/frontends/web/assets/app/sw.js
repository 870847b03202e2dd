/**
 * The service worker: shows a notice for every push, opens the request when it is clicked, and keeps
 * the app's own files so that it opens without a network. Calls of the API are never kept.
 */

import { Device } from "./device.js";
import { verified } from "./inbox.js";
import { isOn, renew } from "./push.js";
import { get } from "./store.js";

const CACHE = "countersign-app";
const PATIENCE = 4000;
const HERE = new URL("./", import.meta.url);
const ICON = new URL("icon-192.png", HERE).href;
const RETIRED =
  "This phone is no longer enrolled. If you did not replace it, tell your administrator at once.";
const SHELL = [
  "./",
  "app.css",
  "app.js",
  "base64url.js",
  "blocked.js",
  "camera.js",
  "codes.js",
  "codes_part.js",
  "crockford.js",
  "device.js",
  "dom.js",
  "enrol.js",
  "home.js",
  "icon.svg",
  "inbox.js",
  "install.js",
  "jws.js",
  "keys.js",
  "link.js",
  "manifest.webmanifest",
  "notices.js",
  "parts.js",
  "passkey.js",
  "platform.js",
  "push.js",
  "recovery.js",
  "request_card.js",
  "requests.js",
  "store.js",
  "strict_json.js",
  "verification.js",
  "vendor/jsqr/jsQR.js",
  "watching.js",
  "worker.js",
  "../shared.css",
].map((name) => new URL(name, HERE).href);

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

// A page that was on its way at that moment belongs to nobody, and asks.
self.addEventListener("message", (event) => {
  if (event.data === "claim") event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const [address] = event.request.url.split("#");
  if (event.request.method === "GET" && SHELL.includes(address)) {
    event.respondWith(current(address));
  }
});

self.addEventListener("push", (event) => {
  event.waitUntil(notify());
});

self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(subscribeAnew());
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.id));
});

async function keepShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL.map((address) => new Request(address, { cache: "no-cache" })));
  await self.skipWaiting();
}

/** Give a file as it is now; without a network, or with one that is no good, as it was. */
async function current(address) {
  const cache = await caches.open(CACHE);
  try {
    const found = await fetch(address, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) });
    if (found.ok) await cache.put(address, found.clone());
    return found;
  } catch (error) {
    const kept = await cache.match(address);
    if (kept) return kept;
    throw error;
  }
}

/** The browser's push service ended the subscription, or moved it. */
async function subscribeAnew() {
  const phone = await get("phone");
  if (!phone || !(await isOn())) return;
  const device = new Device(phone);
  await renew(device, self.registration, await device.me());
}

/** Browsers want a notice for every push, whatever came of it. */
async function notify() {
  const requests = await waiting().catch((error) => error);
  if (requests?.kind === "device-retired") return general(RETIRED);
  const unknown = requests === null || requests instanceof Error;
  if (unknown) return general("A login may wait for your answer.");
  if (requests.length === 0) return general("A login had asked for you. It waits no more.");
  for (const request of requests) await notice(request);
}

async function waiting() {
  const phone = await get("phone");
  if (!phone) return null;
  const device = new Device(phone);
  const { requests, refused } = await verified(device, await device.approvals());
  return requests.length === 0 && refused > 0 ? null : requests;
}

function notice(request) {
  return self.registration.showNotification("Is this you?", {
    body: `A login to ${request.client} from ${request.origin}`,
    tag: request.id,
    data: { id: request.id },
    timestamp: request.issuedAt * 1000,
    icon: ICON,
    requireInteraction: true,
    renotify: true,
  });
}

function general(body) {
  const options = { body, tag: "countersign", icon: ICON };
  return self.registration.showNotification("Countersign", options);
}

/** Bring the app before the person, at the request. */
async function open(id) {
  const address = new URL(id ? `#/approvals/${id}` : "", HERE).href;
  const windows = await self.clients.matchAll({ type: "window" });
  const app = windows.find((one) => one.url.split("#")[0] === HERE.href);
  if (!app) return self.clients.openWindow(address);
  try {
    await app.navigate(address);
  } catch {
    return self.clients.openWindow(address); // it is another worker's by now
  }
  return app.focus();
}
