// What the pages do by themselves where a script may run; each works without it.

const EVERY = 2000; // ms between two looks

for (const time of document.querySelectorAll("time[data-seconds]")) {
  const moment = new Date(Number(time.dataset.seconds) * 1000);
  time.dateTime = moment.toISOString();
  time.textContent = moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// The phone answered a sign-in: continue, unless a code is being typed.
const waiting = document.querySelector("[data-waits]");
if (waiting) {
  watch(waiting, waiting.dataset.waits, (told) => {
    if (!told.news) return false;
    if (document.getElementById("code")?.value) return true;
    document.getElementById("continue").querySelector("button").click();
    return true;
  });
}

// A phone enrolled by the link that this page shows.
const invited = document.querySelector("[data-phone]");
if (invited) {
  watch(invited, invited.dataset.phone, (told) => {
    if (!told.signed_out && String(told.since) === invited.dataset.since) return false;
    location.assign(told.signed_out ? invited.dataset.out : invited.dataset.done);
    return true;
  });
}

// The phone's passkey is asked for, then the form goes on with what the authenticator said.
const proving = document.querySelector("form[data-passkey]");
if (proving) {
  const { assert, IS_POSSIBLE } = await import("../app/passkey.js");
  const [refused] = proving.querySelectorAll("[role=alert]");
  proving.hidden = !IS_POSSIBLE;
  proving.addEventListener("submit", async (event) => {
    event.preventDefault();
    refused.hidden = true;
    try {
      const { text, assertion } = proving.elements;
      assertion.value = JSON.stringify(await assert(text.value, proving.dataset.passkey));
    } catch {
      refused.hidden = false;
      return;
    }
    proving.submit();
  });
}

/** Ask an address again and again, until `done` says that what it told is the end. */
function watch(card, address, done) {
  const line = card.querySelector("[data-waiting]");
  line.hidden = false;
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(address, { cache: "no-store" });
        if (answer.ok && done(await answer.json())) return;
      } catch {
        // The server is away for a moment.
      }
    }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
}
