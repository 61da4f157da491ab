// Guided live capture. Small lossy frames go to the program, which answers with one instruction;
// when it asks for stills, they are taken at the camera's full resolution. Everything stays between
// this page and its own server.
const SVG = "http://www.w3.org/2000/svg"
const FRAME_SIDE = 640, FRAME_QUALITY = 0.7, STILL_QUALITY = 0.95
const LEAST_PAUSE_MS = 60 // between frames: more than 16 a second help nobody
const BETWEEN_STILLS_MS = 300
const PATIENCE_MS = 4000 // for a photo from the camera's own door
const NO_CAPTURE = 4404
const PART_BYTES = 100000 // of a still: messages are small
const FRONT =
  "M46 27C45 31 36 33 31 36C26 39 25 50 23 66L19 92C18 100 16 110 16 118L19 124L23 121" +
  "C25 112 25 104 26 96L32 64L34 74C35 82 33 92 33 102L35 142L38 190L33 197L45 197L46 150L50 108" +
  "L54 150L55 197L67 197L62 190L65 142L67 102C67 92 65 82 66 74L68 64L74 96C75 104 75 112 77 121" +
  "L81 124L84 118C84 110 82 100 81 92L77 66C75 50 74 39 69 36C64 33 55 31 54 27"
const SIDE =
  "M46 27C45 32 40 36 39 45C38 56 40 66 40 76C38 86 38 96 41 108L42 140L43 188L34 197L55 197" +
  "L55 188C57 170 57 158 57 140C59 124 62 112 62 102C62 92 58 84 58 74C60 62 62 50 60 42" +
  "C58 36 55 32 54 27"

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
      localStorage.setItem("plumbline.camera", event.target.value)
      this.begin()
    }
    this.pick(".cue").onchange = (event) => localStorage.setItem("plumbline.cue", event.target.value)
  }

  update({ data, setTriggerValue }) {
    this.data = data
    this.tell = setTriggerValue
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
      cue.value = localStorage.getItem("plumbline.cue") || "voice"
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
    this.audio ||= new AudioContext() // allowed now: somebody clicked
    try {
      this.stream = await camera(localStorage.getItem("plumbline.camera"))
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
        `/live/${this.data.capture}`)
      try {
        await line.open
        this.trouble(null)
        while (this.turn === turn) if (await this.exchange(line)) return this.done(turn)
      } catch {
        if (this.turn !== turn) return
        if (line.code === NO_CAPTURE) return this.trouble("stale")
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
      answer = await line.ask(marked("f", await jpeg(this.video, FRAME_SIDE, FRAME_QUALITY)))
      this.measure(performance.now() - began)
    }
    this.show(answer)
    for (let n = answer.shoot; n > 0; n--) {
      this.before = null // stills take their time: no pace of frames
      const still = await this.still()
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
    this.chime()
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
    globalThis.speechSynthesis?.cancel()
  }

  // The largest picture that the camera gives: phones have more in their photo door than in video.
  async still() {
    const track = this.stream.getVideoTracks()[0]
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

  show({ phase, view, say, count, taken }) {
    this.dialog.classList.toggle("good", !["guide", "out"].includes(phase))
    this.dialog.dataset.phase = phase
    this.pick(".count").textContent = count ?? ""
    this.say(say)
    if (count && count !== this.counted) this.beep(880, 0.08)
    this.counted = count
    const chips = this.data.views.map(({ key, label }) => {
      const chip = document.createElement("li")
      chip.textContent = `${label} ${taken[key] ?? 0}/${this.data.repeats}`
      chip.className = key === view ? "now" : taken[key] >= this.data.repeats ? "there" : ""
      return chip
    })
    this.pick(".views").replaceChildren(...chips)
    this.draw(phase === "out" ? null : view)
  }

  say(words) {
    const place = this.pick(".say")
    if (place.textContent === words) return
    place.textContent = words
    if (words) this.speak(words)
  }

  // Voices of this computer only: others send what they say to a service.
  speak(words) {
    const cue = this.pick(".cue").value
    const voices = globalThis.speechSynthesis?.getVoices() ?? []
    const voice = voices.find((one) => one.localService && one.lang.startsWith(this.data.language))
    if (cue === "off") return
    if (cue === "beep" || !voice) return this.beep(520, 0.12)
    speechSynthesis.cancel()
    const spoken = new SpeechSynthesisUtterance(words)
    spoken.voice = voice
    spoken.lang = voice.lang
    speechSynthesis.speak(spoken)
  }

  beep(pitch, seconds, later = 0) {
    if (this.pick(".cue").value === "off" || !this.audio) return
    const at = this.audio.currentTime + later
    const tone = this.audio.createOscillator(), volume = this.audio.createGain()
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0.25, at)
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds)
    tone.connect(volume).connect(this.audio.destination)
    tone.start(at)
    tone.stop(at + seconds)
  }

  click() {
    this.beep(1500, 0.05)
    const flash = this.pick(".flash")
    flash.classList.remove("on")
    void flash.offsetWidth // begins the animation anew
    flash.classList.add("on")
  }

  chime() {
    for (const [n, pitch] of [523, 659, 784].entries()) this.beep(pitch, 0.3, n * 0.15)
  }

  // A level and a plumb line through the middle, and somebody to stand in the place of.
  draw(view) {
    const width = this.video.videoWidth, height = this.video.videoHeight
    const key = `${width} ${height} ${view}`
    if (!width || key === this.drawn) return
    this.drawn = key
    const svg = this.pick(".lines")
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    const line = (name, x1, y1, x2, y2) => part("line", { class: name, x1, y1, x2, y2 })
    const parts = [
      line("level", 0, height / 2, width, height / 2),
      line("plumb", width / 2, 0, width / 2, height),
    ]
    if (view) {
      const tall = (0.78 * height) / 200 // the outline is drawn 200 high, around x = 50
      const across = view === "right" ? -tall : tall
      const place = `translate(${width / 2 - 50 * across} ${0.14 * height}) scale(${across} ${tall})`
      const body = part("g", { class: "outline", transform: place })
      const front = view === "anterior" || view === "posterior"
      body.append(
        part("ellipse", { cx: front ? 50 : 49, cy: 14, rx: front ? 9 : 10.5, ry: 13 }),
        part("path", { d: front ? FRONT : SIDE }),
      )
      parts.push(body)
    }
    svg.replaceChildren(...parts)
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

const TROUBLES = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "absent",
  OverconstrainedError: "absent", NotReadableError: "busy", AbortError: "busy",
  InsecureError: "insecure",
}

async function camera(chosen) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "InsecureError")
  const size = { width: { ideal: 3840 }, height: { ideal: 2160 } }
  const ask = (which) =>
    navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, ...which } })
  if (chosen) {
    try {
      return await ask({ deviceId: { exact: chosen } })
    } catch (error) {
      if (!["OverconstrainedError", "NotFoundError"].includes(error.name)) throw error
      localStorage.removeItem("plumbline.camera") // it was unplugged
    }
  }
  return ask({ facingMode: { ideal: "environment" } })
}

// A websocket on which each message has one answer.
class Line {
  constructor(address) {
    this.socket = new WebSocket(address)
    this.socket.binaryType = "arraybuffer"
    this.open = new Promise((resolve, reject) => {
      this.socket.onopen = resolve
      this.fail = reject
    })
    this.socket.onmessage = ({ data }) => this.answered?.(JSON.parse(data))
    this.socket.onclose = ({ code }) => {
      this.code = code
      this.fail(new Error("closed"))
    }
  }

  ask(message) {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) reject(new Error("closed"))
      this.answered = resolve
      this.fail = reject
      this.socket.send(message)
    })
  }

  // A still, part by part.
  async bring(still) {
    let at = 0
    for (; still.size - at > PART_BYTES; at += PART_BYTES) {
      await this.ask(marked("p", still.slice(at, at + PART_BYTES)))
    }
    return this.ask(marked("s", still.slice(at)))
  }

  close() {
    this.socket.close()
  }
}

const marked = (kind, blob) => new Blob([kind, blob])
const pause = (milliseconds) => new Promise((done) => setTimeout(done, Math.max(0, milliseconds)))
const within = (promise) =>
  Promise.race([promise, pause(PATIENCE_MS).then(() => Promise.reject(new Error("slow")))])
const stopTracks = (stream) => stream.getTracks().forEach((track) => track.stop())

function part(tag, attributes) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

function jpeg(video, side, quality) {
  const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight))
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(video.videoWidth * scale)),
    Math.max(1, Math.round(video.videoHeight * scale)),
  )
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height)
  return canvas.convertToBlob({ type: "image/jpeg", quality })
}
