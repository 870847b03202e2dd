/** The service worker's registration: a promise of it, null where there is none. */

export const worker = navigator.serviceWorker
  ? navigator.serviceWorker
      .register(new URL("sw.js", import.meta.url), {
        scope: new URL("./", import.meta.url).pathname,
        type: "module",
        updateViaCache: "none",
      })
      .catch(() => null)
  : Promise.resolve(null);

navigator.serviceWorker?.ready.then(({ active }) => {
  if (!navigator.serviceWorker.controller) active.postMessage("claim");
});

/** Take away the notices of requests that are no longer open; *open* are the ids of those that are. */
export async function clearNotices(open) {
  const registration = await worker;
  const notices = (await registration?.getNotifications()) ?? [];
  for (const notice of notices) if (!open.includes(notice.tag)) notice.close();
}
