// Guided live capture. Small lossy frames go to the program, which answers with one instruction;
// when it asks for stills, they are taken at the camera's full resolution. Everything stays between
// this page and its own server.
import { Stills, TROUBLES, jpeg, openCamera, rememberCamera, stopTracks } from "./camera.js"
import { Line } from "./line.js"
import { Outline } from "./outline.js"
import { pause } from "./pause.js"
import { Sound } from "./sound.js"

const FRAME_QUALITY = 0.7
const LEAST_PAUSE_MS = 60 // between frames: more than 16 a second help nobody
const BETWEEN_STILLS_MS = 300

const alive = new WeakMap() // a component's element -> its capture, through all reruns

export default function (component) {
  const { parentElement } = component
  const found = alive.get(parentElement)
  const capture = found && found.dialog.isConnected ? found : new Capture(parentElement)
  alive.set(parentElement, capture)
  capture.update(component)
  return () => capture.stop()
}

class Capture {
  constructor(root) {
    this.pick = (selector) => root.querySelector(selector)
    this.dialog = this.pick(".stage")
    this.video = this.pick("video")
    this.running = false
    this.sound = new Sound()
    this.stills = new Stills(this.video)
    this.outline = new Outline(this.pick(".lines"), this.video)
    this.pick(".begin").onclick = () => this.begin()
    this.pick(".again").onclick = () => this.begin()
    this.pick(".shoot").onclick = () => (this.pressed = "shoot")
    this.pick(".skip").onclick = () => (this.pressed = "skip")
    this.pick(".close").onclick = () => this.finish()
    this.dialog.oncancel = (event) => {
      event.preventDefault()
      this.finish()
    }
    this.pick(".cameras").onchange = (event) => {
      rememberCamera(event.target.value)
      this.begin()
    }
    this.pick(".cue").onchange = (event) => this.sound.choose(event.target.value)
  }

  update({ data, setTriggerValue }) {
    this.data = data
    this.tell = setTriggerValue
    this.sound.language = data.language
    const words = data.words
    for (const name of ["begin", "how", "again", "shoot", "skip", "close"]) {
      this.pick(`.${name}`).textContent = words[name]
    }
    this.pick(".camera-label").textContent = words.camera
    this.pick(".cue-label").textContent = words.cue
    this.dialog.setAttribute("aria-label", words.title)
    this.pick(".begin").disabled = data.disabled
    this.pick(".begin").hidden = false // without its words it would say nothing
    const cue = this.pick(".cue")
    if (!cue.options.length) {
      for (const kind of ["voice", "beep", "off"]) cue.add(new Option(words[kind], kind))
      cue.value = this.sound.cue
    }
  }

  async begin() {
    this.stop()
    const turn = (this.turn = {}) // whatever an earlier begin still waits for is void
    this.running = true
    this.trouble(null)
    this.say("")
    this.dialog.classList.remove("good")
    if (!this.dialog.open) this.dialog.showModal()
    this.sound.allow()
    try {
      this.stream = await openCamera()
      if (this.turn !== turn) return stopTracks(this.stream)
      this.video.srcObject = this.stream
      await this.video.play()
      await this.listCameras()
      this.stream.getVideoTracks()[0].onended = () => this.trouble("gone")
      this.keepAwake()
      await this.follow(turn)
    } catch (error) {
      if (this.turn === turn) this.trouble(TROUBLES[error.name] || "gone", error)
    }
  }

  // Frame out, answer in, one after the other; a lost connection is made anew.
  async follow(turn) {
    while (this.turn === turn) {
      const line = new Line(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}` +
        this.data.path, this.data.marks, this.data.part_bytes)
      try {
        await line.open
        this.trouble(null)
        while (this.turn === turn) if (await this.exchange(line)) return this.done(turn)
      } catch {
        if (this.turn !== turn) return
        if (line.code === this.data.no_capture) return this.trouble("stale")
        this.say("")
        this.trouble("lost")
        await pause(1000)
      } finally {
        line.close()
      }
    }
  }

  async exchange(line) {
    const began = performance.now()
    let answer
    if (this.pressed) {
      answer = await line.ask(this.pressed)
      this.pressed = this.before = null
    } else {
      answer = await line.frame(await jpeg(this.video, this.data.frame_side, FRAME_QUALITY))
      this.measure(performance.now() - began)
    }
    this.show(answer)
    for (let n = answer.shoot; n > 0; n--) {
      this.before = null // stills take their time: no pace of frames
      const still = await this.stills.take()
      this.click()
      answer = await line.bring(still)
      this.show(answer)
      if (n > 1) await pause(BETWEEN_STILLS_MS)
    }
    if (answer.phase === "done") return true
    await pause(LEAST_PAUSE_MS - (performance.now() - began))
    return false
  }

  async done(turn) {
    this.sound.chime()
    await pause(1500)
    if (this.turn === turn) this.finish()
  }

  finish() {
    this.stop()
    this.dialog.close()
    this.tell("done", { capture: this.data.capture })
  }

  stop() {
    this.turn = null
    this.running = false
    if (this.stream) stopTracks(this.stream)
    this.stream = null
    this.video.srcObject = null
    this.awake?.release().catch(() => {})
    this.awake = null
    this.sound.silence()
  }

  show({ phase, view, say, count, taken }) {
    this.dialog.classList.toggle("good", !["guide", "out"].includes(phase))
    this.dialog.dataset.phase = phase
    this.pick(".count").textContent = count ?? ""
    this.say(say)
    if (count && count !== this.counted) this.sound.beep(880, 0.08)
    this.counted = count
    const chips = this.data.views.map(({ key, label }) => {
      const chip = document.createElement("li")
      chip.textContent = `${label} ${taken[key] ?? 0}/${this.data.repeats}`
      chip.className = key === view ? "now" : taken[key] >= this.data.repeats ? "there" : ""
      return chip
    })
    this.pick(".views").replaceChildren(...chips)
    this.outline.draw(phase === "out" ? null : view)
  }

  say(words) {
    const place = this.pick(".say")
    if (place.textContent === words) return
    place.textContent = words
    if (words) this.sound.speak(words)
  }

  click() {
    this.sound.beep(1500, 0.05)
    const flash = this.pick(".flash")
    flash.classList.remove("on")
    void flash.offsetWidth // begins the animation anew
    flash.classList.add("on")
  }

  measure(milliseconds) {
    this.delay = 0.9 * (this.delay ?? milliseconds) + 0.1 * milliseconds
    const now = performance.now()
    const gap = now - (this.before ?? now - milliseconds)
    this.gap = 0.9 * (this.gap ?? gap) + 0.1 * gap
    this.before = now
    const { videoWidth: width, videoHeight: height } = this.video
    this.pick(".pace").textContent =
      `${width} × ${height} · ${(1000 / this.gap).toFixed(0)}/s · ${this.delay.toFixed(0)} ms`
  }

  async listCameras() {
    const found = await navigator.mediaDevices.enumerateDevices()
    const chosen = this.stream.getVideoTracks()[0].getSettings().deviceId
    const cameras = found.filter(({ kind }) => kind === "videoinput")
    this.pick(".cameras").replaceChildren(
      ...cameras.map(({ deviceId, label }, n) =>
        new Option(label || `${this.data.words.camera} ${n + 1}`, deviceId, false,
          deviceId === chosen)),
    )
  }

  async keepAwake() {
    this.awake = await navigator.wakeLock?.request("screen").catch(() => null)
  }

  trouble(kind, error) {
    const box = this.pick(".trouble")
    box.hidden = kind === null
    this.dialog.classList.toggle("stuck", kind !== null)
    for (const name of [".shoot", ".skip"]) this.pick(name).disabled = kind !== null
    if (kind === null) return
    this.pick(".pace").textContent = ""
    if (kind !== "lost") this.stop()
    if (error) console.warn(`camera: ${error.name}`)
    const [title, text] = this.data.words.troubles[kind]
    box.querySelector("h2").textContent = title
    box.querySelector("p").textContent = text
    this.pick(".again").hidden = kind === "lost"
    this.pick(".again").focus()
  }
}
