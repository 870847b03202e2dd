/** What kind of device this is, as far as it matters here. */

const AGENT = navigator.userAgent;

/** An iPhone or iPad; these call themselves Macs, but Macs have no touch screen. */
export const IS_IOS =
  /iPhone|iPad|iPod/.test(AGENT) || (/Macintosh/.test(AGENT) && navigator.maxTouchPoints > 1);

/** Opened from the home screen, not in a browser's tab. */
export const IS_STANDALONE =
  navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;

/** On iOS the app on the home screen has storage of its own: what a tab keeps is of no use to it. */
export const MUST_BE_ADDED_FIRST = IS_IOS && !IS_STANDALONE;

/** What the browser can do at all. */
export const IS_ABLE = isSecureContext && "indexedDB" in self && "any" in AbortSignal;

/** A name for this device, to begin with. */
export function deviceName() {
  const names = [
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android phone"],
    [/CrOS/, "Chromebook"],
    [/Windows/, "Windows computer"],
    [/Macintosh/, IS_IOS ? "iPad" : "Mac"],
    [/Linux/, "Linux computer"],
  ];
  return names.find(([pattern]) => pattern.test(AGENT))?.[1] ?? "My phone";
}
