/**
 * Waiting for requests while the app is open: the event stream, or long polls where a proxy between
 * holds streams back; absence is borne.
 *
 * It begins again at once when the page is looked at again or the network comes back.
 */

import { Refused, Unreachable } from "./device.js";

/** Milliseconds in which a stream must begin; else something between holds it back. */
const FIRST = 8000;
/** Milliseconds after which a stream is dead: the server says something every 15 seconds. */
const SILENCE = 40_000;
const POLL_SECONDS = 50;
const PAUSES = [1000, 2000, 4000, 8000, 15_000];
/** Refusals after which this key is good for nothing. */
const FINAL = new Set(["device-retired", "unknown-device"]);
const END = /\r?\n\r?\n/;

/**
 * Watch until the phone is refused for good, or *signal* ends it.
 *
 * *listed* gets each list as the server sent it; *away* is told why there is no connection, or null
 * where there is one again; *ended* gets the refusal.
 */
export async function watch(device, { listed, away, ended, signal }) {
  let failures = 0;
  let look = stream;
  while (!signal.aborted) {
    const round = new AbortController();
    const nudged = nudges(round, away, signal);
    try {
      await look(device, round, async (list) => {
        failures = 0;
        away(null);
        await listed(list);
      });
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && FINAL.has(error.kind)) {
        ended(error);
        return;
      }
      if (error instanceof Silent && error.patience === FIRST) {
        look = poll;
      } else if (!nudged.was) {
        failures += 1;
        if (failures > 1 || error instanceof Refused) away(error);
        await pause(PAUSES[Math.min(failures, PAUSES.length) - 1], signal, nudged);
      }
    } finally {
      nudged.done();
    }
  }
}

async function stream(device, round, listed) {
  const response = await within(FIRST, device.events(round.signal), round);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let kept = "";
  for (let patience = FIRST; ; patience = SILENCE) {
    const { value, done } = await within(patience, reader.read(), round);
    if (done) return;
    kept += value;
    for (let end = END.exec(kept); end; end = END.exec(kept)) {
      const list = dataOf(kept.slice(0, end.index));
      kept = kept.slice(end.index + end[0].length);
      if (list) await listed(list);
    }
  }
}

/** Ask again and again, each time for another list than the last. */
async function poll(device, round, listed) {
  let seen = null;
  for (;;) {
    const { signal } = round;
    const { list, tag } = await device.changed({ wait: seen ? POLL_SECONDS : 0, seen, signal });
    if (list) await listed(list);
    seen = tag;
  }
}

/** Nothing came for too long. */
class Silent extends Error {
  constructor(patience) {
    super("silence");
    this.patience = patience;
  }
}

function dataOf(event) {
  const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
  return lines.length > 0 ? JSON.parse(lines.map((line) => line.slice(5)).join("\n")) : null;
}

async function within(milliseconds, promise, round) {
  const timer = setTimeout(() => round.abort(new Silent(milliseconds)), milliseconds);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** End a round early when the person looks again or the network is back; tell when it goes. */
function nudges(round, away, signal) {
  const nudged = { was: false, wake: () => {} };
  const nudge = () => {
    if (document.visibilityState !== "visible") return;
    nudged.was = true;
    nudged.wake();
    round.abort();
  };
  const end = () => round.abort();
  const gone = () => away(new Unreachable("this device has no network"));
  document.addEventListener("visibilitychange", nudge);
  addEventListener("online", nudge);
  addEventListener("offline", gone);
  signal.addEventListener("abort", end);
  nudged.done = () => {
    document.removeEventListener("visibilitychange", nudge);
    removeEventListener("online", nudge);
    removeEventListener("offline", gone);
    signal.removeEventListener("abort", end);
  };
  return nudged;
}

function pause(milliseconds, signal, nudged) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    nudged.wake = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", nudged.wake, { once: true });
  });
}
