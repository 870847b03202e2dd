/** Notices while the app is closed: turned on by a tap, never asked for unbidden. */

import { Refused } from "./device.js";
import { busy, h, tell } from "./dom.js";
import { IS_IOS } from "./platform.js";
import { isAble, isOn, NoService, renew, subscribe, unsubscribe } from "./push.js";

const OFF = "Let this phone show a notice when a login waits for you, even while this app is closed.";
const ON = "A login that needs you shows a notice, even while this app is closed.";
const UNABLE = "This browser shows no notices while the app is closed. Open the app when you log in.";
const DENIED = IS_IOS
  ? "Notices are not allowed for this app. Allow them in Settings, under Notifications."
  : "Notices are not allowed for this site. Allow them in the browser's settings for this site.";

/** A part of the app, see `parts.js`. */
export const notices = {
  enrolled: (context) => added(context, "wide"), // "Go on" is what to do there
  home: (context) => added(context, "main wide"),
};

async function added({ device, me, worker }, look) {
  if (!me?.push_key) return null;
  const page = new Notices(device, await worker, me, look);
  await page.begin();
  return page.card;
}

class Notices {
  constructor(device, registration, me, look) {
    this.device = device;
    this.registration = registration;
    this.me = me;
    this.look = look;
    this.card = h("section", { class: "card", "aria-labelledby": "notices" });
    this.told = h("p", { class: "fault", role: "alert" });
  }

  async begin() {
    if (!isAble(this.registration)) return this.show(UNABLE);
    if (Notification.permission === "denied") return this.show(DENIED);
    if (!(await isOn())) return this.showOff();
    this.showOn();
    // In the background: a service that does not answer holds up no page.
    renew(this.device, this.registration, this.me).catch(() => {});
  }

  show(text, ...more) {
    this.told.textContent = "";
    this.card.replaceChildren(h("h2", { id: "notices" }, "Notices"), h("p", {}, text), ...more, this.told);
  }

  showOff() {
    this.show(OFF, this.button("Turn on notices", this.look, () => this.turnOn()));
  }

  showOn() {
    this.show(ON, this.button("Turn off notices", "wide", () => this.turnOff()));
  }

  button(name, look, work) {
    const button = h("button", { type: "button", class: look }, name);
    button.addEventListener("click", () =>
      busy(button, async () => {
        this.told.textContent = "";
        try {
          await work();
        } catch (error) {
          this.told.textContent = wording(error);
        }
      }),
    );
    return button;
  }

  async turnOn() {
    if (await subscribe(this.device, this.registration, this.me)) {
      this.showOn();
      tell("Notices are on");
      this.card.querySelector("button").focus();
    } else if (Notification.permission === "denied") {
      this.show(DENIED);
    } else {
      this.told.textContent = "The browser did not allow notices.";
    }
  }

  async turnOff() {
    await unsubscribe(this.device, this.registration);
    this.showOff();
    tell("Notices are off");
    this.card.querySelector("button").focus();
  }
}

function wording(error) {
  if (error instanceof NoService || error?.name === "AbortError") {
    return "The browser's push service did not answer. Try again when you are online.";
  }
  if (error instanceof Refused) return `The server refused: ${error.message}`;
  return "The server did not answer. Try again.";
}
