/**
 * What this phone keeps, in the browser's own storage (IndexedDB): values by name.
 *
 * `phone` is the enrolled phone: {id, account, issuer, name, jwk, privateKey, serverKeys, enrolledAt}.
 * Private keys are kept as CryptoKeys that cannot be exported. Pages and the service worker share it.
 */

const DATABASE = "countersign";
const KEPT = "kept";

/** Give a value; undefined: there is none. */
export function get(name) {
  return transaction("readonly", (kept) => kept.get(name));
}

/** Keep a value under a name. */
export function put(name, value) {
  return transaction("readwrite", (kept) => kept.put(value, name));
}

/** Keep nothing under a name. */
export function remove(name) {
  return transaction("readwrite", (kept) => kept.delete(name));
}

/** Keep nothing at all: this phone is no longer enrolled. */
export function clear() {
  return transaction("readwrite", (kept) => kept.clear());
}

async function transaction(mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const begun = database.transaction(KEPT, mode, { durability: "strict" });
      const request = work(begun.objectStore(KEPT));
      begun.oncomplete = () => resolve(request.result);
      begun.onabort = () => reject(begun.error ?? new Error("not kept"));
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(KEPT);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the storage is in use"));
  });
}
