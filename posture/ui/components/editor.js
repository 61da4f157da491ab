// The landmark editor. What is edited lives here while somebody works; Python is told of every
// move, and answers with what is measured then. One desk a mounted component and photo.
const SVG = "http://www.w3.org/2000/svg"
const REACH = { mouse: 14, pen: 18, touch: 26 } // screen pixels around a point that pick it up
const STILL = 5 // a press that moves less, in screen pixels, is a click
const GLASS = 4 // how much larger the magnifier shows than the screen
const INKS = { detected: "#ffb000", refined: "#648fff", marker: "#00c85a", placed: "#ff4fa3" }
const LINES = { plumb: ["plumb_top", "plumb_bottom"], ruler: ["ruler_one", "ruler_other"] }
const HINT = 48 // screen pixels at the bottom that the hint covers
const PATIENCE = 500 // milliseconds after which an unanswered move is sent all the same
const MOST = 100 // steps that can be undone
const SLOW = 400 // milliseconds after which a wait is shown
const desks = new WeakMap()
const chosenOf = new Map() // a desk's key -> the point chosen on it: the page may build it anew

export default function ({ data, parentElement, setStateValue }) {
  let desk = desks.get(parentElement)
  if (desk?.key !== data.key) {
    desk = open(parentElement, data)
    desks.set(parentElement, desk)
  }
  desk.tell = (edits) => setStateValue("edits", edits)
  desk.answered(data)
}

function open(root, first) {
  const pick = (selector) => root.querySelector(selector)
  const stage = pick(".stage"), image = pick("img"), over = pick(".over"), glass = pick(".glass")
  const hint = pick(".hint span"), lines = pick(".lines"), length = pick(".length input")
  const { words, width, height } = first
  const known = new Map(first.points.map((point) => [point.name, point]))
  const marks = new Map() // of the picture, by name
  const chips = new Map()
  let data = first
  let edits = structuredClone(first.edits)
  let chosen = chosenOf.get(first.key) ?? null, aiming = null
  let { past, future } = structuredClone(first.steps), lastStep = ["", 0]
  let zoom = 0, left = 0, top = 0 // screen pixels a photo pixel, and where the photo begins
  const desk = { key: first.key, answered, tell: () => {} }
  over.replaceChildren()
  pick(".points").replaceChildren()

  // What is where

  const at = (name) => {
    if (edits.placed[name]) return edits.placed[name]
    const point = known.get(name)
    return point.found && !edits.rejected.includes(name) ? point.found : null
  }
  const source = (name) => (edits.placed[name] ? "placed" : known.get(name).source)
  const doubtful = (name) => known.get(name).unsure && !edits.placed[name]
  const say = (text, values = {}) =>
    text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "")
  const toScreen = ([x, y]) => [left + x * zoom, top + y * zoom]
  const toPhoto = (x, y) => [(x - left) / zoom, (y - top) / zoom]
  const inside = ([x, y]) => [
    Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y)),
  ]

  // Telling Python, one move at a time

  let sent = first.number, asked = 0, waiting = null, timer = null
  const tell = (settled) => {
    waiting = { ...edits, settled: settled || Boolean(waiting?.settled) }
    if (waiting.settled) waiting.steps = { past: past.slice(-MOST), future: future.slice(-MOST) }
    if (settled || !asked || performance.now() - asked > PATIENCE) flush()
    else timer ??= setTimeout(flush, PATIENCE)
  }
  const flush = () => {
    clearTimeout(timer)
    timer = null
    if (!waiting) return
    sent += 1
    asked = performance.now()
    const message = { ...waiting, number: sent }
    waiting = null
    desk.tell(structuredClone(message))
    const number = sent
    setTimeout(() => {
      if (data.number < number) pick(".editor").classList.add("slow")
    }, SLOW)
  }

  // Steps that can be undone

  const step = (kind, change) => {
    const before = structuredClone(edits)
    change()
    const now = performance.now()
    // A row of arrow keys on one point is one step.
    if (kind !== lastStep[0] || !kind || now - lastStep[1] > 900) past.push(before)
    lastStep = [kind, now]
    future = []
    draw()
    tell(true)
  }
  const turnBack = (from, to) => {
    if (!from.length) return
    to.push(structuredClone(edits))
    edits = from.pop()
    lastStep = ["", 0]
    aiming = null
    draw()
    tell(true)
  }
  const reset = (name) => step("", () => {
    delete edits.placed[name]
    edits.rejected = edits.rejected.filter((other) => other !== name)
  })

  // Drawing

  const node = (tag, attributes, parent) => {
    const made = document.createElementNS(SVG, tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
    parent?.append(made)
    return made
  }
  const shapes = node("g", { "aria-hidden": "true" }, over)
  const addMark = (name) => {
    const mark = node("g", { class: "point", role: "button", tabindex: "0" }, over)
    node("circle", { class: "hit", r: 18 }, mark)
    node("circle", { class: "focus", r: 16 }, mark)
    node("circle", { class: "doubt", r: 13 }, mark)
    node("circle", { class: "rim", r: 8 }, mark)
    node("circle", { class: "dot", r: 8 }, mark)
    node("circle", { class: "core", r: 1.5 }, mark)
    node("text", { x: 14, y: 4 }, mark).textContent = known.get(name).label
    mark.onfocus = () => choose(name, false)
    mark.onkeydown = (event) => keyOn(name, event)
    marks.set(name, mark)
    return mark
  }
  const line = (kind, from, to) => {
    const [x1, y1] = toScreen(from), [x2, y2] = toScreen(to)
    node("line", { class: kind, x1, y1, x2, y2 }, shapes)
  }
  const drawShapes = () => {
    shapes.replaceChildren()
    for (const [kind, [one, other]] of Object.entries(LINES)) {
      if (at(one) && at(other)) line(kind, at(one), at(other))
    }
    if (!lines.checked) return
    const base = data.base.map(at)
    if (base.length && base.every(Boolean)) {
      const x = base.reduce((sum, p) => sum + p[0], 0) / base.length
      const y = base.reduce((sum, p) => sum + p[1], 0) / base.length
      const lean = Math.tan((data.roll * Math.PI) / 180)
      line("vertical", [x - lean * y, 0], [x + lean * (height - y), height])
    }
    for (const names of data.lines) {
      const places = names.map(at)
      if (!places.every(Boolean)) continue
      places.slice(1).forEach((place, n) => line("line", places[n], place))
    }
  }
  const draw = () => {
    if (!zoom) return
    const factor = (width / (image.naturalWidth || width)) * zoom
    image.style.transform = `translate(${left}px, ${top}px) scale(${factor})`
    image.classList.toggle("pixels", zoom * devicePixelRatio > 3)
    if (zoom * devicePixelRatio > (image.naturalWidth || width) / width) sharpen()
    drawShapes()
    for (const name of known.keys()) {
      const place = at(name)
      if (!place) {
        marks.get(name)?.remove()
        marks.delete(name)
        continue
      }
      const mark = marks.get(name) || addMark(name)
      const from = source(name)
      const [x, y] = toScreen(place)
      mark.setAttribute("transform", `translate(${x} ${y})`)
      mark.style.setProperty("--ink", INKS[from])
      mark.setAttribute("class", [
        "point", name === chosen && "chosen", from === "marker" && !edits.checked && "named",
      ].filter(Boolean).join(" "))
      mark.querySelector(".doubt").style.display = doubtful(name) ? "" : "none"
      mark.setAttribute("aria-label", say(words.point, {
        label: known.get(name).label, how: words[from],
        x: Math.round(place[0]), y: Math.round(place[1]),
      }) + (doubtful(name) ? `, ${words.unsure}` : ""))
    }
    drawSide()
  }
  const drawSide = () => {
    for (const [name, chip] of chips) {
      const rejected = edits.rejected.includes(name)
      chip.style.setProperty("--ink", INKS[source(name)] || "currentColor")
      chip.setAttribute("aria-pressed", String(name === chosen))
      chip.className = [
        !at(name) && "absent", doubtful(name) && "doubtful", rejected && "rejected",
      ].filter(Boolean).join(" ")
      const state = rejected ? words.rejected : at(name) ? words[source(name)] : words.absent
      chip.setAttribute("aria-label", `${known.get(name).label}, ${state}`)
    }
    pick(".undo").disabled = !past.length
    pick(".redo").disabled = !future.length
    pick(".none").disabled = !Object.keys(edits.placed).length && !edits.rejected.length
    drawCard()
    drawMeasured()
    const found = first.points.filter(({ source: s, name }) => s === "marker" && at(name))
    pick(".check").hidden = !found.length || edits.checked
    pick(".check p").textContent = say(words.check, { n: found.length })
    stage.classList.toggle("aiming", Boolean(aiming))
    if (aiming) hint.textContent = say(words.aim, { label: known.get(aiming).label })
    else if (chosen && at(chosen)) hint.textContent = say(words.move, { label: known.get(chosen).label })
    else hint.textContent = words.start
  }
  const button = (text, act) => {
    const made = document.createElement("button")
    made.type = "button"
    made.textContent = text
    made.onclick = act
    return made
  }
  let carded = null
  const drawCard = () => {
    const card = pick(".card")
    card.hidden = !chosen
    chosenOf.set(first.key, chosen)
    if (!chosen) { carded = null; return }
    const point = known.get(chosen)
    const rejected = edits.rejected.includes(chosen)
    const stamp = JSON.stringify([chosen, source(chosen), Boolean(at(chosen)), rejected])
    if (stamp === carded) return
    carded = stamp
    card.querySelector("h4").textContent = point.label
    card.querySelector(".felt").textContent = point.felt || ""
    card.querySelector(".state").textContent =
      (rejected ? words.rejected : at(chosen) ? words[source(chosen)] : point.why || words.absent) +
      (doubtful(chosen) ? `. ${words.unsure_advice}` : "")
    const figure = pick(".figures").querySelector(`[data-figure="${point.figure}"]`)
    const place = card.querySelector(".figure")
    card.classList.toggle("plain", !figure)
    place.hidden = !figure
    place.classList.toggle("mirrored", Boolean(point.mirrored))
    place.replaceChildren(...(figure ? [figure.cloneNode(true)] : []))
    for (const spot of place.querySelectorAll(".spot")) {
      spot.classList.toggle("here", spot.dataset.spot === point.spot)
    }
    pick(".length").hidden = !LINES.ruler.includes(chosen)
    const acts = []
    const name = chosen
    if (!at(name) && !rejected) acts.push(button(words.put, () => putInTheMiddle(name)))
    if (rejected) acts.push(button(words.use, () => reset(name)))
    else if (edits.placed[name]) {
      acts.push(button(point.found ? words.reset : words.take_away, () => reset(name)))
    } else if (point.source === "marker") {
      acts.push(button(words.reject, () => step("", () => edits.rejected.push(name))))
    }
    if (at(name)) acts.push(button(words.near, () => lookAt(name)))
    card.querySelector(".acts").replaceChildren(...acts)
  }

  const row = ({ label, words: value, sd, was, reason }) => {
    const made = document.createElement("tr")
    const name = document.createElement("th")
    name.scope = "row"
    name.textContent = label
    const cell = document.createElement("td")
    if (value === null) {
      made.className = "missing"
      cell.textContent = reason
    } else {
      made.className = was ? "other" : ""
      cell.className = "value"
      cell.textContent = sd ? `${value} ± ${sd}` : value
      const before = document.createElement("small")
      before.textContent = was ? say(words.was, { value: was }) : ""
      if (was) cell.append(before)
    }
    made.append(name, cell)
    return made
  }
  const drawMeasured = () => {
    pick(".all tbody").replaceChildren(...data.measures.map(row))
    const mine = data.measures.filter(({ uses }) => uses.includes(chosen))
    pick(".from tbody").replaceChildren(...mine.map(row))
    const told = mine.filter((m) => m.words !== null).slice(0, 2)
    pick(".told").textContent = told.map((m) => `${m.label}: ${m.words}`).join(" · ")
  }

  // The view

  const box = () => stage.getBoundingClientRect()
  const most = () => 24
  const least = () => Math.min(box().width / width, box().height / height)
  const fit = () => {
    const { width: wide, height: high } = box()
    if (!wide || !high) return
    zoom = least()
    left = (wide - width * zoom) / 2
    top = (high - height * zoom) / 2
    draw()
  }
  const fitBody = () => {
    if (!first.body) { fit(); return }
    const [x0, y0, x1, y1] = first.body
    const wide = box().width, high = box().height - HINT
    if (wide <= 0 || high <= 0) return
    zoom = Math.max(least(), Math.min(wide / (x1 - x0), high / (y1 - y0)))
    left = wide / 2 - (zoom * (x0 + x1)) / 2
    top = high / 2 - (zoom * (y0 + y1)) / 2
    keepInSight()
    draw()
  }
  const keepInSight = () => {
    const { width: wide, height: high } = box()
    const clamp = (start, size, room) =>
      size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, start))
    left = clamp(left, width * zoom, wide)
    top = clamp(top, height * zoom, high)
  }
  const zoomTo = (next, x = box().width / 2, y = box().height / 2) => {
    const [px, py] = toPhoto(x, y)
    zoom = Math.min(most(), Math.max(least(), next))
    left = x - px * zoom
    top = y - py * zoom
    keepInSight()
    draw()
  }
  const lookAt = (name) => {
    const [x, y] = at(name)
    zoom = Math.min(most(), Math.max(zoom, 4 * least()))
    left = box().width / 2 - x * zoom
    top = box().height / 2 - y * zoom
    keepInSight()
    draw()
  }
  const sharpen = () => {
    if (image.dataset.full || !data.full) return
    image.dataset.full = "asked"
    const whole = new Image()
    whole.onload = () => { image.src = whole.src }
    whole.src = data.full
  }
  new ResizeObserver(() => {
    if (!zoom || zoom < least()) fitBody()
    else { keepInSight(); draw() }
  }).observe(stage)

  // Choosing, placing, moving

  const choose = (name, toMark = true) => {
    const same = chosen === name
    chosen = name
    aiming = name && !at(name) && !edits.rejected.includes(name) ? name : null
    draw()
    if (name && toMark && at(name)) {
      const [x, y] = toScreen(at(name))
      if (x < 0 || y < 0 || x > box().width || y > box().height) lookAt(name)
      if (!same) marks.get(name)?.focus({ preventScroll: true })
    }
  }
  const put = (name, place) => {
    step("", () => { edits.placed[name] = inside(place) })
    // Only what the same measure needs is asked for next: a click meant for anything else would
    // put it in a wrong place.
    const other = known.get(name).with.find((each) => !at(each) && !edits.rejected.includes(each))
    choose(other ?? name, false)
  }
  const putInTheMiddle = (name) => {
    const { width: wide, height: high } = box()
    step("", () => { edits.placed[name] = inside(toPhoto(wide / 2, high / 2)) })
    aiming = null
    draw()
    marks.get(name)?.focus({ preventScroll: true })
  }
  const keyOn = (name, event) => {
    const by = event.shiftKey ? 10 : 1
    const way = {
      ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by],
    }[event.key]
    if (way) {
      const [x, y] = at(name)
      step(`keys ${name}`, () => { edits.placed[name] = inside([x + way[0], y + way[1]]) })
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (!edits.placed[name]) return
      reset(name)
    } else if (event.key === "Enter" || event.key === " ") lookAt(name)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const fingers = new Map()
  let drag = null // {name, from, offset, before} or {pan}
  const spot = (event) => {
    const { left: x, top: y } = box()
    return [event.clientX - x, event.clientY - y]
  }
  const nearest = ([x, y], reach) => {
    let best = null, least_ = reach
    for (const name of known.keys()) {
      const place = at(name)
      if (!place) continue
      const [sx, sy] = toScreen(place)
      const off = Math.hypot(sx - x, sy - y) - (name === chosen ? 6 : 0)
      if (off < least_) { best = name; least_ = off }
    }
    return best
  }
  // A swipe over the whole picture scrolls the page; any other touch is for the picture.
  stage.ontouchstart = (event) => {
    const [finger] = event.touches
    const zoomed = zoom > 1.01 * least()
    if (zoomed || event.touches.length > 1 || nearest(spot(finger), REACH.touch)) {
      event.preventDefault()
    }
  }
  stage.onpointerdown = (event) => {
    if (event.button > 0) return
    event.preventDefault()
    const here = spot(event)
    stage.setPointerCapture(event.pointerId)
    fingers.set(event.pointerId, here)
    if (fingers.size === 2) { giveUp(); drag = { pinch: true }; return }
    if (fingers.size > 2) return
    const name = aiming && event.pointerType === "mouse" && !event.altKey
      ? null : nearest(here, REACH[event.pointerType] ?? REACH.mouse)
    if (name && !(aiming && aiming !== name)) {
      const [x, y] = toScreen(at(name))
      drag = { name, start: here, offset: [x - here[0], y - here[1]], before: structuredClone(edits) }
      choose(name, false)
      marks.get(name).focus({ preventScroll: true })
      sharpen()
    } else drag = { start: here, pan: [left, top] }
  }
  stage.onpointermove = (event) => {
    if (!fingers.has(event.pointerId) || !drag) return
    const here = spot(event)
    if (drag.pinch) { pinch(event.pointerId, here); return }
    fingers.set(event.pointerId, here)
    const far = Math.hypot(here[0] - drag.start[0], here[1] - drag.start[1])
    if (!drag.moved && far < (drag.name ? 2 : STILL)) return
    drag.moved = true
    if (drag.name) {
      const place = inside(toPhoto(here[0] + drag.offset[0], here[1] + drag.offset[1]))
      edits.placed[drag.name] = place
      stage.classList.add("moving")
      draw()
      magnify(place, here)
      tell(false)
    } else {
      left = drag.pan[0] + here[0] - drag.start[0]
      top = drag.pan[1] + here[1] - drag.start[1]
      keepInSight()
      draw()
    }
  }
  const pinch = (id, here) => {
    if (fingers.size < 2) return
    const middle = () => {
      const [[ax, ay], [bx, by]] = fingers.values()
      return [(ax + bx) / 2, (ay + by) / 2, Math.hypot(ax - bx, ay - by)]
    }
    const [x0, y0, wide0] = middle()
    fingers.set(id, here)
    const [x1, y1, wide1] = middle()
    left += x1 - x0
    top += y1 - y0
    zoomTo(zoom * (wide1 / Math.max(1, wide0)), x1, y1)
  }
  const giveUp = () => {
    if (drag?.name && drag.moved) { edits = drag.before; draw(); tell(true) }
    letGo()
  }
  const letGo = () => {
    drag = null
    glass.hidden = true
    stage.classList.remove("moving")
  }
  stage.onpointerup = (event) => {
    fingers.delete(event.pointerId)
    const done = drag
    if (!done) return
    if (done.pinch) { if (!fingers.size) letGo(); return }
    letGo()
    if (done.name) {
      if (!done.moved) return
      past.push(done.before)
      future = []
      lastStep = ["", 0]
      draw()
      tell(true)
    } else if (!done.moved && aiming) put(aiming, toPhoto(...done.start))
  }
  stage.onpointercancel = (event) => {
    fingers.delete(event.pointerId)
    giveUp()
  }
  stage.onwheel = (event) => {
    event.preventDefault()
    zoomTo(zoom * Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...spot(event))
  }
  const magnify = (place, here) => {
    const wide = box().width
    glass.hidden = false
    // Where the finger is not.
    const beside = here[0] < wide / 2 ? wide - 168 : 8
    glass.style.left = `${here[1] > 190 ? Math.min(wide - 168, Math.max(8, beside)) : beside}px`
    const pen = glass.getContext("2d")
    const per = image.naturalWidth / width
    const seen = glass.width / (2 * Math.max(GLASS * zoom, 3)) // photo pixels across
    pen.imageSmoothingEnabled = false
    pen.fillStyle = "#14181f"
    pen.fillRect(0, 0, glass.width, glass.height)
    pen.drawImage(
      image, (place[0] - seen / 2) * per, (place[1] - seen / 2) * per, seen * per, seen * per,
      0, 0, glass.width, glass.height,
    )
    const middle = glass.width / 2
    for (const [ink, thick] of [["#14181f", 4], ["#fff", 1.5]]) {
      pen.strokeStyle = ink
      pen.lineWidth = thick
      pen.beginPath()
      for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(middle + 8 * x, middle + 8 * y)
        pen.lineTo(middle + 50 * x, middle + 50 * y)
      }
      pen.stroke()
    }
  }

  // Buttons, keys, lists

  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = words[element.dataset.text]
  }
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", words[element.dataset.label])
    element.title = words[element.dataset.label]
  }
  pick(".bar").setAttribute("aria-label", words.tools)
  over.setAttribute("aria-label", words.picture)
  pick(".figures").innerHTML = first.figures // our own drawings
  for (const group of new Set(first.points.map((point) => point.group))) {
    const section = document.createElement("section")
    const title = document.createElement("h4")
    const row = document.createElement("div")
    title.textContent = group
    for (const { name, label } of first.points.filter((point) => point.group === group)) {
      const chip = button("", () => choose(name))
      chip.append(document.createElement("i"), label)
      chips.set(name, chip)
      row.append(chip)
    }
    section.append(title, row)
    pick(".points").append(section)
  }
  pick(".undo").onclick = () => turnBack(past, future)
  pick(".redo").onclick = () => turnBack(future, past)
  pick(".zoom-in").onclick = () => zoomTo(zoom * 1.6)
  pick(".zoom-out").onclick = () => zoomTo(zoom / 1.6)
  pick(".fit").onclick = fit
  pick(".none").onclick = () => step("", () => {
    edits.placed = {}
    edits.rejected = []
    aiming = null
  })
  pick(".agree").onclick = () => step("", () => { edits.checked = true })
  lines.onchange = draw
  length.value = edits.length ?? ""
  length.onchange = () => step("", () => { edits.length = Number(length.value) || null })
  pick(".editor").onkeydown = (event) => {
    if (event.target.tagName === "INPUT" && event.target.type === "number") return
    const key = event.key.toLowerCase()
    const hold = event.ctrlKey || event.metaKey
    if (hold && key === "z" && !event.shiftKey) turnBack(past, future)
    else if (hold && (key === "y" || key === "z")) turnBack(future, past)
    else if (hold || event.altKey) return
    else if (key === "+" || key === "=") zoomTo(zoom * 1.6, ...(chosen && at(chosen) ? toScreen(at(chosen)) : []))
    else if (key === "-") zoomTo(zoom / 1.6)
    else if (key === "0") fit()
    else if (key === "escape" && (aiming || chosen)) choose(null)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  image.alt = first.alt
  image.onload = draw
  image.onerror = () => {
    pick(".error").hidden = false
    pick(".error").textContent = words.lost
  }
  image.src = first.small

  // What Python answers

  function answered(next) {
    data = next
    if (data.number >= sent) {
      asked = 0
      pick(".editor").classList.remove("slow")
      if (waiting) flush()
    }
    const error = pick(".error")
    error.hidden = !data.error
    error.textContent = data.error || ""
    pick(".scene").textContent = data.scene
    draw()
  }
  return desk
}
