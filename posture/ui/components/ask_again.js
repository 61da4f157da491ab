// Has its part of the page run again each second while nobody is at work in the page. Streamlit's
// own timer does not wait: its question may overtake a click on another page and undo it.
const EVERY_MS = 1000
const QUIET_MS = 1500 // after a hand's last move: until the server has begun what it asked for

let moved = 0
for (const kind of ["pointerdown", "pointerup", "keydown", "change", "drop"]) {
  addEventListener(kind, () => (moved = performance.now()), { capture: true, passive: true })
}

export default function ({ setTriggerValue }) {
  const timer = setInterval(() => {
    const running = document.querySelector(".stApp[data-test-script-state='running']")
    if (!running && performance.now() - moved > QUIET_MS) setTriggerValue("again", true)
  }, EVERY_MS)
  return () => clearInterval(timer)
}
