// Mouse, pen and fingers on the picture: dragging a point, panning, pinching, placing.
const REACH = { mouse: 14, pen: 18, touch: 26 } // screen pixels around a point that pick it up
const STILL = 5 // a press that moves less, in screen pixels, is a click
const STILL_ON_POINT = 2

export class Pointer {
  constructor(editor) {
    this.editor = editor
    this.stage = editor.view.stage
    this.fingers = new Map() // where each is on the screen, by its id
    this.drag = null // {name, start, offset, before}, {start, pan} or {pinch}
    this.stage.ontouchstart = (event) => this.touched(event)
    this.stage.onpointerdown = (event) => this.down(event)
    this.stage.onpointermove = (event) => this.move(event)
    this.stage.onpointerup = (event) => this.up(event)
    this.stage.onpointercancel = (event) => {
      this.fingers.delete(event.pointerId)
      this.cancel()
    }
    this.stage.onwheel = (event) => {
      event.preventDefault()
      const by = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016))
      editor.view.zoomTo(editor.view.zoom * by, this.spot(event))
    }
  }

  spot(event) {
    const { left, top } = this.editor.view.box()
    return [event.clientX - left, event.clientY - top]
  }

  nearest([x, y], reach) {
    const { edits, view, known, chosen } = this.editor
    let best = null, least = reach
    for (const name of known.keys()) {
      const place = edits.at(name)
      if (!place) continue
      const [sx, sy] = view.toScreen(place)
      const off = Math.hypot(sx - x, sy - y) - (name === chosen ? 6 : 0)
      if (off < least) { best = name; least = off }
    }
    return best
  }

  // A swipe over the whole picture scrolls the page; any other touch is for the picture.
  touched(event) {
    const [finger] = event.touches
    const forPicture = this.editor.view.isZoomed || event.touches.length > 1
    if (forPicture || this.nearest(this.spot(finger), REACH.touch)) event.preventDefault()
  }

  down(event) {
    if (event.button > 0) return
    event.preventDefault()
    const { edits, view, marks, aiming } = this.editor
    const here = this.spot(event)
    this.stage.setPointerCapture(event.pointerId)
    this.fingers.set(event.pointerId, here)
    if (this.fingers.size === 2) { this.cancel(); this.drag = { pinch: true }; return }
    if (this.fingers.size > 2) return
    const name = aiming && event.pointerType === "mouse" && !event.altKey
      ? null : this.nearest(here, REACH[event.pointerType] ?? REACH.mouse)
    if (name && !(aiming && aiming !== name)) {
      const [x, y] = view.toScreen(edits.at(name))
      const offset = [x - here[0], y - here[1]]
      this.drag = { name, start: here, offset, before: edits.copy() }
      this.editor.choose(name, false)
      marks.focus(name)
      view.sharpen()
    } else this.drag = { start: here, pan: [view.left, view.top] }
  }

  move(event) {
    const { drag } = this
    if (!this.fingers.has(event.pointerId) || !drag) return
    const here = this.spot(event)
    if (drag.pinch) { this.pinch(event.pointerId, here); return }
    this.fingers.set(event.pointerId, here)
    const dx = here[0] - drag.start[0], dy = here[1] - drag.start[1]
    if (!drag.moved && Math.hypot(dx, dy) < (drag.name ? STILL_ON_POINT : STILL)) return
    drag.moved = true
    const { view, edits, marks } = this.editor
    if (!drag.name) { view.panTo(drag.pan[0] + dx, drag.pan[1] + dy); return }
    const at = [here[0] + drag.offset[0], here[1] + drag.offset[1]]
    const place = view.inside(view.toPhoto(at))
    this.stage.classList.add("moving")
    edits.drag(drag.name, place)
    marks.magnify(place, here)
  }

  pinch(id, here) {
    if (this.fingers.size < 2) return
    const { view } = this.editor
    const between = () => {
      const [[ax, ay], [bx, by]] = this.fingers.values()
      return [(ax + bx) / 2, (ay + by) / 2, Math.hypot(ax - bx, ay - by)]
    }
    const [x0, y0, wide0] = between()
    this.fingers.set(id, here)
    const [x1, y1, wide1] = between()
    view.left += x1 - x0
    view.top += y1 - y0
    view.zoomTo(view.zoom * (wide1 / Math.max(1, wide0)), [x1, y1])
  }

  up(event) {
    this.fingers.delete(event.pointerId)
    const done = this.drag
    if (!done) return
    if (done.pinch) { if (!this.fingers.size) this.end(); return }
    this.end()
    const { aiming, edits, view } = this.editor
    if (done.name) { if (done.moved) edits.dropped(done.before) }
    else if (!done.moved && aiming) this.editor.place(aiming, view.toPhoto(done.start))
  }

  // Undo a drag that became something else.
  cancel() {
    const { drag } = this
    if (drag?.name && drag.moved) this.editor.edits.restore(drag.before)
    this.end()
  }

  end() {
    this.drag = null
    this.editor.marks.hideGlass()
    this.stage.classList.remove("moving")
  }
}
