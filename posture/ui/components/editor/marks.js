// What is drawn over the photo: points, the lines that are measured, and the magnifier.
const SVG = "http://www.w3.org/2000/svg"
const GLASS = 4 // how much larger the magnifier shows than the screen
const GLASS_PX = 168 // its size on the screen, with its margin
const INK_DARK = "#14181f", INK_LIGHT = "#fff"

function svg(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  parent?.append(made)
  return made
}

export class Marks {
  constructor(editor) {
    this.editor = editor
    this.over = editor.pick(".over")
    this.glass = editor.pick(".glass")
    this.lines = editor.pick(".lines")
    this.of = new Map() // the SVG groups, by the points' names
    this.over.replaceChildren()
    this.over.setAttribute("aria-label", editor.words.picture)
    this.shapes = svg("g", { "aria-hidden": "true" }, this.over)
  }

  focus(name) {
    this.of.get(name)?.focus({ preventScroll: true })
  }

  add(name) {
    const mark = svg("g", { class: "point", role: "button", tabindex: "0" }, this.over)
    svg("circle", { class: "hit", r: 18 }, mark)
    svg("circle", { class: "focus", r: 16 }, mark)
    svg("circle", { class: "doubt", r: 13 }, mark)
    svg("circle", { class: "rim", r: 8 }, mark)
    svg("circle", { class: "dot", r: 8 }, mark)
    svg("circle", { class: "core", r: 1.5 }, mark)
    svg("text", { x: 14, y: 4 }, mark).textContent = this.editor.known.get(name).label
    mark.onfocus = () => this.editor.choose(name, false)
    mark.onkeydown = (event) => this.editor.keyOnMark(name, event)
    this.of.set(name, mark)
    return mark
  }

  draw() {
    this.drawShapes()
    for (const name of this.editor.known.keys()) {
      const place = this.editor.edits.at(name)
      if (place) this.drawMark(name, place)
      else {
        this.of.get(name)?.remove()
        this.of.delete(name)
      }
    }
  }

  drawMark(name, place) {
    const { edits, words, chosen, data } = this.editor
    const mark = this.of.get(name) || this.add(name)
    const source = edits.source(name), unsure = edits.isUnsure(name)
    const [x, y] = this.editor.view.toScreen(place)
    mark.setAttribute("transform", `translate(${x} ${y})`)
    mark.style.setProperty("--ink", data.inks[source])
    mark.setAttribute("class", [
      "point", name === chosen && "chosen", source === "marker" && !edits.now.checked && "named",
    ].filter(Boolean).join(" "))
    mark.querySelector(".doubt").style.display = unsure ? "" : "none"
    mark.setAttribute("aria-label", fill(words.point, {
      label: this.editor.known.get(name).label, how: words[source],
      x: Math.round(place[0]), y: Math.round(place[1]),
    }) + (unsure ? `, ${words.unsure}` : ""))
  }

  drawShapes() {
    const { data } = this.editor
    const at = (name) => this.editor.edits.at(name)
    this.shapes.replaceChildren()
    for (const [kind, [one, other]] of Object.entries(data.tools)) {
      if (at(one) && at(other)) this.line(kind, at(one), at(other))
    }
    if (!this.lines.checked) return
    const base = data.base.map(at)
    if (base.length && base.every(Boolean)) this.drawVertical(base)
    for (const names of data.lines) {
      const places = names.map(at)
      if (!places.every(Boolean)) continue
      places.slice(1).forEach((place, n) => this.line("line", places[n], place))
    }
  }

  // The true vertical through the middle of the points that the body stands on.
  drawVertical(base) {
    const { data, view } = this.editor
    const x = base.reduce((sum, p) => sum + p[0], 0) / base.length
    const y = base.reduce((sum, p) => sum + p[1], 0) / base.length
    const lean = Math.tan((data.roll * Math.PI) / 180)
    this.line("vertical", [x - lean * y, 0], [x + lean * (view.height - y), view.height])
  }

  line(kind, from, to) {
    const [x1, y1] = this.editor.view.toScreen(from), [x2, y2] = this.editor.view.toScreen(to)
    svg("line", { class: kind, x1, y1, x2, y2 }, this.shapes)
  }

  // Show the surroundings of a place enlarged, where the finger is not.
  magnify(place, [x, y]) {
    const { view } = this.editor
    const wide = view.box().width
    this.glass.hidden = false
    const beside = x < wide / 2 ? wide - GLASS_PX : 8
    const left = y > 190 ? Math.min(wide - GLASS_PX, Math.max(8, beside)) : beside
    this.glass.style.left = `${left}px`
    const pen = this.glass.getContext("2d"), size = this.glass.width
    const per = view.image.naturalWidth / view.width
    const seen = size / (2 * Math.max(GLASS * view.zoom, 3)) // photo pixels across
    pen.imageSmoothingEnabled = false
    pen.fillStyle = INK_DARK
    pen.fillRect(0, 0, size, size)
    pen.drawImage(
      view.image, (place[0] - seen / 2) * per, (place[1] - seen / 2) * per, seen * per, seen * per,
      0, 0, size, size,
    )
    const middle = size / 2
    for (const [ink, thick] of [[INK_DARK, 4], [INK_LIGHT, 1.5]]) {
      pen.strokeStyle = ink
      pen.lineWidth = thick
      pen.beginPath()
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(middle + 8 * dx, middle + 8 * dy)
        pen.lineTo(middle + 50 * dx, middle + 50 * dy)
      }
      pen.stroke()
    }
  }

  hideGlass() {
    this.glass.hidden = true
  }
}

// A text with its values in it.
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "")
}
