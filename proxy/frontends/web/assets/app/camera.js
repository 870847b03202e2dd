/**
 * Reads a QR code by this device's camera; pictures never leave the page.
 *
 * The reader (jsQR, see vendor/jsqr) is loaded when it is first needed.
 */

import { h } from "./dom.js";

const WIDTH = 480;
const PAUSE = 120;

export const HAS_CAMERA = Boolean(navigator.mediaDevices?.getUserMedia);

/**
 * Show what the camera sees in *place* until *taken* says that a text is the wanted one.
 *
 * Give a function that ends it. Throws where there is no camera or it may not be used.
 */
export async function scan(place, taken) {
  await import("./vendor/jsqr/jsQR.js");
  const wanted = { video: { facingMode: "environment" }, audio: false };
  const stream = await navigator.mediaDevices.getUserMedia(wanted);
  const video = h("video", { playsinline: true, muted: true, "aria-label": "What the camera sees" });
  video.muted = true;
  video.srcObject = stream;
  place.replaceChildren(h("div", { class: "camera" }, video));
  await video.play();
  const canvas = document.createElement("canvas");
  let ended = false;
  const end = () => {
    ended = true;
    for (const track of stream.getTracks()) track.stop();
    place.replaceChildren();
  };
  const look = () => {
    if (ended) return;
    const text = textIn(video, canvas);
    if (text && taken(text)) return void end();
    setTimeout(look, PAUSE);
  };
  look();
  return end;
}

function textIn(video, canvas) {
  if (!video.videoWidth) return null;
  const scale = Math.min(1, WIDTH / video.videoWidth);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return self.jsQR(data, width, height, { inversionAttempts: "attemptBoth" })?.data ?? null;
}
