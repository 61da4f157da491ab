// The landmark editor. What is edited lives here while somebody works; Python hears of every move
// and answers with what is measured then. One editor for each mounted component and photo.
import { Edits } from "./edits.js"
import { Link } from "./link.js"
import { Marks } from "./marks.js"
import { Panel } from "./panel.js"
import { Pointer } from "./pointer.js"
import { Viewport } from "./viewport.js"

const editors = new WeakMap()
const chosenOf = new Map() // an editor's key -> the point chosen on it: the page may build it anew

export default function ({ data, parentElement, setStateValue }) {
  let editor = editors.get(parentElement)
  if (editor?.key !== data.key) {
    editor = new Editor(parentElement, data)
    editors.set(parentElement, editor)
  }
  editor.link.send = (edits) => setStateValue("edits", edits)
  editor.answered(data)
}

class Editor {
  constructor(root, first) {
    this.root = root
    this.key = first.key
    this.data = first
    this.words = first.words
    this.known = new Map(first.points.map((point) => [point.name, point]))
    this.chosen = chosenOf.get(first.key) ?? null
    this.aiming = null // the point that the next click places
    this.link = new Link(first.number, () => this.pick(".editor").classList.add("slow"))
    this.edits = new Edits(first, this.known, (settled) => this.edited(settled))
    this.view = new Viewport(this, first)
    this.marks = new Marks(this)
    this.panel = new Panel(this, first)
    this.pointer = new Pointer(this)
    this.listen()
    this.view.load(first)
  }

  pick(selector) {
    return this.root.querySelector(selector)
  }

  draw() {
    if (!this.view.zoom) return
    this.view.draw()
    this.marks.draw()
    this.panel.draw()
  }

  edited(settled) {
    this.draw()
    this.link.tell(this.edits.now, settled, this.edits.steps())
  }

  // Choosing and placing

  choose(name, toMark = true) {
    const same = this.chosen === name
    this.chosen = name
    chosenOf.set(this.key, name)
    this.aiming = name && this.edits.isAbsent(name) ? name : null
    this.draw()
    const place = name && toMark && this.edits.at(name)
    if (!place) return
    if (!this.view.shows(place)) this.view.lookAt(place)
    if (!same) this.marks.focus(name)
  }

  place(name, at) {
    this.edits.place(name, this.view.inside(at))
    // Only what the same measure needs is asked for next: a click meant for anything else would
    // put it in a wrong place.
    const next = this.known.get(name).with.find((each) => this.edits.isAbsent(each))
    this.choose(next ?? name, false)
  }

  placeInTheMiddle(name) {
    this.edits.place(name, this.view.inside(this.view.middle()))
    this.aiming = null
    this.draw()
    this.marks.focus(name)
  }

  undo() {
    this.aiming = null
    this.edits.undo()
  }

  redo() {
    this.aiming = null
    this.edits.redo()
  }

  // Keys

  keyOnMark(name, event) {
    const by = event.shiftKey ? 10 : 1
    const way = {
      ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by],
    }[event.key]
    if (way) {
      const [x, y] = this.edits.at(name)
      this.edits.place(name, this.view.inside([x + way[0], y + way[1]]), `keys ${name}`)
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (!this.edits.isPlaced(name)) return
      this.edits.reset(name)
    } else if (event.key === "Enter" || event.key === " ") this.view.lookAt(this.edits.at(name))
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  onKey(event) {
    if (event.target.tagName === "INPUT" && event.target.type === "number") return
    const key = event.key.toLowerCase()
    const hold = event.ctrlKey || event.metaKey
    if (hold && key === "z" && !event.shiftKey) this.undo()
    else if (hold && (key === "y" || key === "z")) this.redo()
    else if (hold || event.altKey) return
    else if (key === "+" || key === "=") this.view.zoomIn(this.chosen && this.edits.at(this.chosen))
    else if (key === "-") this.view.zoomOut()
    else if (key === "0") this.view.fit()
    else if (key === "escape" && (this.aiming || this.chosen)) this.choose(null)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  listen() {
    this.pick(".undo").onclick = () => this.undo()
    this.pick(".redo").onclick = () => this.redo()
    this.pick(".zoom-in").onclick = () => this.view.zoomIn()
    this.pick(".zoom-out").onclick = () => this.view.zoomOut()
    this.pick(".fit").onclick = () => this.view.fit()
    this.pick(".none").onclick = () => {
      this.aiming = null
      this.edits.resetAll()
    }
    this.pick(".agree").onclick = () => this.edits.check()
    this.pick(".lines").onchange = () => this.draw()
    this.pick(".editor").onkeydown = (event) => this.onKey(event)
  }

  // What Python answers

  answered(data) {
    this.data = data
    if (this.link.answered(data.number)) this.pick(".editor").classList.remove("slow")
    this.panel.say(data)
    this.draw()
  }
}
