// The camera: opening it, its frames, and stills at its full resolution.
import { pause } from "./pause.js"

const CAMERA = "plumbline.camera" // in the browser's storage: which one was chosen
const STILL_QUALITY = 0.95
const PATIENCE_MS = 4000 // for a photo from the camera's own door

// Why a camera cannot be used, by the browser's name of it.
export const TROUBLES = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "absent",
  OverconstrainedError: "absent", NotReadableError: "busy", AbortError: "busy",
  InsecureError: "insecure",
}

export function rememberCamera(deviceId) {
  localStorage.setItem(CAMERA, deviceId)
}

// Open the camera that was chosen last, or the one that looks away from the screen.
export async function openCamera() {
  const chosen = localStorage.getItem(CAMERA)
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "InsecureError")
  const size = { width: { ideal: 3840 }, height: { ideal: 2160 } }
  const ask = (which) =>
    navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...which } })
  if (chosen) {
    try {
      return await ask({ deviceId: { exact: chosen } })
    } catch (error) {
      if (!["OverconstrainedError", "NotFoundError"].includes(error.name)) throw error
      localStorage.removeItem(CAMERA) // it was unplugged
    }
  }
  return ask({ facingMode: { ideal: "environment" } })
}

export function stopTracks(stream) {
  stream.getTracks().forEach((track) => track.stop())
}

// Takes stills.
export class Stills {
  constructor(video) {
    this.video = video
  }

  // The largest picture that the camera gives: phones have more in their photo door than in video.
  async take() {
    const track = this.video.srcObject.getVideoTracks()[0]
    if (globalThis.ImageCapture) {
      try {
        const door = new ImageCapture(track)
        this.larger ??= (await within(door.getPhotoCapabilities())).imageWidth.max
        if (this.larger > Math.max(this.video.videoWidth, this.video.videoHeight)) {
          return await within(door.takePhoto({ imageWidth: this.larger }))
        }
      } catch {
        this.larger = 0 // this camera has no such door: the video's own pixels
      }
    }
    return jpeg(this.video, Infinity, STILL_QUALITY)
  }
}

const within = (promise) =>
  Promise.race([promise, pause(PATIENCE_MS).then(() => Promise.reject(new Error("slow")))])

// A video's picture as JPEG, reduced to a long side.
export function jpeg(video, side, quality) {
  const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight))
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(video.videoWidth * scale)),
    Math.max(1, Math.round(video.videoHeight * scale)),
  )
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height)
  return canvas.convertToBlob({ type: "image/jpeg", quality })
}
