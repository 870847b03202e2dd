/**
 * The main page of an enrolled phone: the requests that wait, else that there are none; below them
 * what optional parts add, and what this phone is.
 */

import { Refused } from "./device.js";
import { busy, h, show, tell } from "./dom.js";
import { learnKeys, verified } from "./inbox.js";
import { ask } from "./parts.js";
import { otherLogin, requestCard, spoken } from "./request_card.js";
import * as store from "./store.js";
import { watch } from "./watching.js";
import { clearNotices, worker } from "./worker.js";

/** Show the page, and keep it up to date until the phone is retired or unenrolled. */
export async function showHome(device, again) {
  const page = new Home(device, again);
  await page.begin();
}

class Home {
  constructor(device, again) {
    this.device = device;
    this.again = again;
    this.cards = new Map();
    this.ended = new AbortController();
    this.notice = h("p", { class: "notice" });
    this.away = h("p", { class: "away", role: "status" });
    this.others = h("div", {});
    this.requests = h("div", {});
    this.more = h("div", {});
  }

  async begin() {
    show("Nothing to approve", this.notice, this.away, this.others, this.requests, this.more, this.about());
    this.heading = document.querySelector("h1");
    this.still();
    const { signal } = this.ended;
    addEventListener("hashchange", () => this.lead(), { signal });
    const timer = setInterval(() => this.tick(), 500);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.addParts();
    await watch(this.device, {
      listed: (list) => this.listed(list),
      away: (why) => this.absent(why),
      ended: (refusal) => this.retired(refusal),
      signal,
    });
  }

  /** Ask the server who this phone is; what the parts add comes when that is known, or not. */
  async addParts() {
    const me = await this.device.me().catch(() => null);
    if (me) await learnKeys(this.device, me.server_keys).catch(() => {});
    const added = await ask("home", { device: this.device, me, worker });
    if (!this.ended.signal.aborted) this.more.replaceChildren(...added);
  }

  async listed(list) {
    const { requests, others, refused } = await verified(this.device, list);
    const open = requests.map((request) => request.id);
    for (const [id, card] of this.cards) if (!open.includes(id)) this.remove(id, card);
    const fresh = requests.filter((request) => !this.cards.has(request.id));
    for (const request of fresh) {
      const card = requestCard(this.device, request, (...told) => this.answered(...told));
      this.cards.set(request.id, card);
      this.requests.append(card);
    }
    this.others.replaceChildren(...(requests.length > 0 ? others.map(otherLogin) : []));
    this.still(refused);
    if (fresh.length > 0) {
      this.say("");
      tell(spoken(fresh.at(-1)), { urgent: true });
      this.lead();
    }
    await clearNotices(open).catch(() => {});
  }

  /** Bring the request that the address names, or the only one, before the person. */
  lead() {
    if (this.requests.querySelector("form:focus-within")) return;
    const [, id] = /^#\/approvals\/([\w-]+)$/.exec(location.hash) ?? [];
    const card = this.cards.get(id) ?? [...this.cards.values()].at(-1);
    if (!card) return;
    card.scrollIntoView({ block: "nearest" });
    (card.querySelector("input") ?? card.querySelector("h2")).focus({ preventScroll: true });
  }

  tick() {
    for (const [id, card] of this.cards) {
      if (card.tick()) continue;
      this.remove(id, card);
      this.say("A request ended without an answer.");
      this.still();
    }
  }

  remove(id, card) {
    const hadFocus = card.contains(document.activeElement);
    card.remove();
    this.cards.delete(id);
    if (location.hash === `#/approvals/${id}`) history.replaceState(null, "", location.pathname);
    if (hadFocus) this.heading.focus({ preventScroll: true });
  }

  answered(request, told) {
    const card = this.cards.get(request.id);
    if (card) this.remove(request.id, card);
    this.still();
    this.say(told);
    this.addParts(); // the answer may have blocked what this phone is asked
  }

  /** Say whether anything waits. */
  still(refused = 0) {
    const count = this.cards.size;
    const title = count === 0 ? "Nothing to approve" : count === 1 ? "A login waits" : `${count} logins wait`;
    this.heading.textContent = title;
    document.title = count > 0 ? `(${count}) Countersign` : "Countersign";
    if (count === 0 && !this.requests.querySelector(".still")) this.requests.append(this.empty());
    if (count > 0) this.requests.querySelector(".still")?.remove();
    if (refused > 0) {
      this.say(
        "A request came that cannot be verified, and is not shown. If that goes on, tell your administrator.",
      );
    }
  }

  empty() {
    const { account, issuer } = this.device.phone;
    return h(
      "div",
      { class: "card still" },
      h("img", { src: new URL("icon.svg", import.meta.url).pathname, alt: "" }),
      h("p", {}, "This phone answers for ", h("strong", {}, h("bdi", {}, account)), "."),
      h("p", { class: "quiet small" }, "A login that needs you appears here."),
      h("p", { class: "quiet small" }, new URL(issuer).host),
    );
  }

  say(text) {
    this.notice.textContent = text;
    tell(text);
  }

  absent(why) {
    const blocked = why instanceof Refused && why.kind === "account-blocked";
    const text = blocked
      ? "Your account is blocked. Your administrator can say why."
      : "No connection to the server. Trying again.";
    this.away.textContent = why ? text : "";
  }

  about() {
    const { name, account, issuer, enrolledAt } = this.device.phone;
    const rows = [
      ["Account", account],
      ["This phone", name],
      ["Server", new URL(issuer).host],
      ["Enrolled", new Date(enrolledAt * 1000).toLocaleDateString([], { dateStyle: "long" })],
    ];
    return h(
      "details",
      {},
      h("summary", {}, "About this phone"),
      h("dl", { class: "facts" }, rows.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)])),
      h("p", { class: "small quiet" }, LOST),
      h("button", { type: "button", on: { click: () => this.askUnenrol() } }, "Unenrol this phone"),
    );
  }

  askUnenrol() {
    const told = h("p", { class: "fault", role: "alert" });
    const end = h("button", { type: "button", class: "main" }, "Unenrol");
    const keep = h("button", { type: "button", autofocus: true, on: { click: () => dialog.close() } }, "Keep it");
    const dialog = h(
      "dialog",
      { "aria-labelledby": "unenrol" },
      h("h2", { id: "unenrol" }, "Unenrol this phone?"),
      h("p", {}, "Its key is deleted here and at the server. It approves no login any more. To use it again you need a new link."),
      told,
      h("div", { class: "row" }, keep, end),
    );
    end.addEventListener("click", () =>
      busy(end, async () => {
        told.textContent = await this.unenrol();
      }),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  /** Unenrol; give why not, if not. */
  async unenrol() {
    try {
      await this.device.unenrol();
    } catch (error) {
      if (error.kind === "last-factor") {
        return "It is the only second factor of your account. Enrol another one first, or ask your administrator.";
      }
      if (error.kind !== "device-retired") return "The server did not answer. Try again.";
    }
    this.ended.abort();
    document.querySelector("dialog")?.close();
    await forget();
    this.again("This phone is unenrolled.");
    return "";
  }

  retired() {
    this.ended.abort();
    document.querySelector("dialog")?.close();
    showRetired(this.device.phone, this.again);
  }
}

/** Say that the server knows this phone no longer. */
function showRetired(phone, again) {
  const begin = async () => {
    await forget();
    await again("");
  };
  show(
    "This phone is no longer enrolled",
    h("p", {}, "It was replaced or revoked, and approves no login of ", h("strong", {}, h("bdi", {}, phone.account)), " any more."),
    h("p", {}, "If you did not replace it, tell your administrator at once: somebody else may have enrolled a phone in your name."),
    h("div", { class: "row" }, h("button", { type: "button", class: "main", on: { click: begin } }, "Start anew")),
  );
  tell("This phone is no longer enrolled", { urgent: true });
}

async function forget() {
  await store.clear();
  await clearNotices([]).catch(() => {});
}

/** What a person loses with the browser's storage. */
export const LOST =
  "The key lives in this browser alone. If you clear the browser's data for this site, or remove the " +
  "app, the key is gone for good and you need a new link.";
