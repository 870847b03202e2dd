/**
 * The open requests of this phone, verified before anything of them is shown.
 *
 * A request that the server's keys do not verify, that is for another phone or has ended, is not
 * there. A key that is not known is learnt only from a list that a known key signed.
 */

import { now, Refused, Unreachable } from "./device.js";
import { UnknownKey } from "./jws.js";
import { readKeyList, readRequest, shownText } from "./requests.js";
import * as store from "./store.js";

const LIMIT = 16;

/** Verify a list as the server sent it; give {requests, others, refused}. */
export async function verified(device, list) {
  const requests = [];
  let refused = 0;
  for (const text of texts(list.approvals)) {
    try {
      const request = await read(device, text);
      if (request.expiresAt > now()) requests.push(request);
    } catch (error) {
      if (error instanceof Refused || error instanceof Unreachable) throw error;
      refused += 1;
    }
  }
  return { requests, others: texts(list.others).map(shownText), refused };
}

async function read(device, text) {
  try {
    return await readRequest(text, device.phone);
  } catch (error) {
    if (!(error instanceof UnknownKey)) throw error;
  }
  await learnKeys(device, (await device.me()).server_keys);
  return readRequest(text, device.phone);
}

/** Keep the server's keys as a signed list tells them; give whether there are new ones. */
export async function learnKeys(device, text) {
  const serverKeys = await readKeyList(text, device.phone);
  const known = Object.keys(device.phone.serverKeys);
  const same = known.length === Object.keys(serverKeys).length;
  if (same && known.every((kid) => Object.hasOwn(serverKeys, kid))) return false;
  device.phone = { ...device.phone, serverKeys };
  await store.put("phone", device.phone);
  return true;
}

function texts(found) {
  return Array.isArray(found) ? found.slice(0, LIMIT).map(String) : [];
}
