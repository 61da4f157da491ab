// What is heard: instructions spoken or beeped, the count, the shutter, the end.
const CUE = "plumbline.cue" // in the browser's storage: voice, beep or off

export class Sound {
  constructor() {
    this.cue = localStorage.getItem(CUE) || "voice"
    this.language = "en"
  }

  choose(cue) {
    this.cue = cue
    localStorage.setItem(CUE, cue)
  }

  // Browsers allow sound only once somebody clicked.
  allow() {
    this.audio ||= new AudioContext()
  }

  // Voices of this computer only: others send what they say to a service.
  speak(words) {
    const voices = globalThis.speechSynthesis?.getVoices() ?? []
    const voice = voices.find((one) => one.localService && one.lang.startsWith(this.language))
    if (this.cue === "off") return
    if (this.cue === "beep" || !voice) return this.beep(520, 0.12)
    speechSynthesis.cancel()
    const spoken = new SpeechSynthesisUtterance(words)
    spoken.voice = voice
    spoken.lang = voice.lang
    speechSynthesis.speak(spoken)
  }

  beep(pitch, seconds, later = 0) {
    if (this.cue === "off" || !this.audio) return
    const at = this.audio.currentTime + later
    const tone = this.audio.createOscillator(), volume = this.audio.createGain()
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0.25, at)
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds)
    tone.connect(volume).connect(this.audio.destination)
    tone.start(at)
    tone.stop(at + seconds)
  }

  chime() {
    for (const [n, pitch] of [523, 659, 784].entries()) this.beep(pitch, 0.3, n * 0.15)
  }

  silence() {
    globalThis.speechSynthesis?.cancel()
  }
}
