// Two photos over each other, side by side or faded, and all of a view as a strip. Everything
// happens here: Python is not asked again while somebody looks.
const SVG = "http://www.w3.org/2000/svg"
const SIDEWAYS = 6 // screen pixels
const MODES = ["wipe", "sides", "fading", "strip"]
const looks = new WeakMap() // what somebody chose, kept over reruns
let last = { mode: "wipe", at: 50, fade: 50, off: { points: true } } // for the next pair

export default function ({ data, parentElement: root, setStateValue }) {
  const pick = (selector) => root.querySelector(selector)
  const { words } = data
  const look = looks.get(root) || { ...last, off: { ...last.off } }
  looks.set(root, look)
  const modes = MODES.filter((mode) =>
    mode === "strip" ? data.visits > 2 : mode === "sides" || data.aligned)
  if (!modes.includes(look.mode)) look.mode = modes[0]
  const sheet = pick(".sheet"), handle = pick(".handle"), strip = pick(".strip")

  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = words[element.dataset.text]
  }
  handle.setAttribute("aria-label", words.handle)
  strip.setAttribute("aria-label", words.strip)

  const node = (tag, attributes, parent) => {
    const made = document.createElementNS(SVG, tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
    parent.append(made)
  }
  const drawn = ({ plumb, lines, points }, [width, height]) => {
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    svg.setAttribute("aria-hidden", "true")
    if (plumb && !look.off.plumb) {
      const [[x1, y1], [x2, y2]] = plumb
      node("line", { class: "plumb", x1, y1, x2, y2 }, svg)
    }
    for (const { places, ink } of look.off.lines ? [] : lines) {
      const d = places.map((place) => place.join(",")).join(" ")
      node("polyline", { class: "under", points: d }, svg)
      node("polyline", { class: "line", points: d, stroke: ink }, svg)
    }
    for (const { place: [cx, cy], ink } of look.off.points ? [] : points) {
      node("circle", { class: "spot", cx, cy, r: height / 160, fill: ink }, svg)
    }
    return svg
  }
  const figure = (frame, kind) => {
    const made = document.createElement("figure")
    made.className = kind
    const image = document.createElement("img")
    image.src = frame.src
    image.alt = frame.alt
    image.draggable = false
    image.onerror = () => {
      pick(".lost").hidden = false
      pick(".lost").textContent = words.lost
    }
    const caption = document.createElement("figcaption")
    caption.textContent = frame.title
    made.append(image, drawn(frame, frame.size), caption)
    return made
  }
  const move = (at) => {
    look.at = Math.min(100, Math.max(0, at))
    sheet.style.setProperty("--at", `${look.at}%`)
    handle.setAttribute("aria-valuenow", Math.round(look.at))
    handle.setAttribute("aria-valuetext", words.at.replace("{percent}", Math.round(100 - look.at)))
    last = { ...look }
  }
  const fade = (value) => {
    look.fade = Number(value)
    sheet.style.setProperty("--fade", look.fade / 100)
    last = { ...look }
  }
  const draw = () => {
    const stripped = look.mode === "strip"
    sheet.hidden = stripped
    strip.hidden = !stripped
    pick(".fade").hidden = look.mode !== "fading"
    if (stripped) {
      strip.replaceChildren(...data.strip.map((frame) => figure(frame, "frame")))
      if (data.strip.length) return
      strip.textContent = words.wait
      setStateValue("strip", true)
      return
    }
    strip.replaceChildren()
    sheet.className = `sheet ${look.mode}`
    for (const old of sheet.querySelectorAll("figure")) old.remove()
    const [before, after] = data.pair
    sheet.prepend(figure(before, "before"), figure(after, "after"))
    const [width, height] = before.size
    const across = look.mode === "sides" ? 2 : 1
    sheet.style.aspectRatio = look.mode === "sides" ? "auto" : `${width} / ${height}`
    sheet.style.maxWidth = `calc(max(18rem, 100vh - 14rem) * ${(across * width) / height})`
  }

  const choices = modes.map((mode) => {
    const label = document.createElement("label")
    const input = document.createElement("input")
    input.type = "radio"
    input.name = "mode"
    input.value = mode
    input.checked = mode === look.mode
    input.onchange = () => { look.mode = mode; last = { ...look }; draw() }
    label.append(input, words[mode])
    return label
  })
  pick(".modes").replaceChildren(pick(".modes legend"), ...choices)
  for (const box of root.querySelectorAll(".overlays input")) {
    box.checked = !look.off[box.value]
    box.onchange = () => { look.off[box.value] = !box.checked; last = { ...look }; draw() }
  }
  const range = pick(".fade input")
  range.value = look.fade
  range.oninput = () => fade(range.value)

  const across = (event) => {
    const { left, width } = sheet.getBoundingClientRect()
    return (100 * (event.clientX - left)) / width
  }
  // A finger that goes up or down scrolls the page: it takes hold only once it goes sideways.
  let grip = null
  sheet.onpointerdown = (event) => {
    if (look.mode !== "wipe" || event.button > 0) return
    sheet.setPointerCapture(event.pointerId)
    grip = { x: event.clientX, held: event.pointerType !== "touch", before: look.at }
    if (grip.held) move(across(event))
    handle.focus({ preventScroll: true })
    event.preventDefault()
  }
  sheet.onpointermove = (event) => {
    if (!grip || !sheet.hasPointerCapture(event.pointerId)) return
    grip.held ||= Math.abs(event.clientX - grip.x) > SIDEWAYS
    if (grip.held) move(across(event))
  }
  sheet.onpointerup = (event) => {
    if (grip) move(across(event)) // a tap, too
    grip = null
  }
  sheet.onpointercancel = () => {
    if (grip) move(grip.before)
    grip = null
  }
  handle.onkeydown = (event) => {
    const next = {
      ArrowLeft: look.at - 2, ArrowDown: look.at - 2, ArrowRight: look.at + 2,
      ArrowUp: look.at + 2, PageUp: look.at + 10, PageDown: look.at - 10, Home: 0, End: 100,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    move(next)
  }
  draw()
  move(look.at)
  fade(look.fade)
}
