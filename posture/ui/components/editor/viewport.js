// Which part of the photo is seen, and how large. Places on the photo are in its pixels, places on
// the screen in CSS pixels from the stage's corner.
const MOST_ZOOM = 24 // screen pixels a photo pixel
const STEP = 1.6 // of the zoom buttons
const HINT = 48 // screen pixels at the bottom that the hint covers

export class Viewport {
  constructor(editor, { width, height, body }) {
    this.editor = editor
    this.stage = editor.pick(".stage")
    this.image = editor.pick("img")
    this.width = width
    this.height = height
    this.body = body
    this.zoom = 0 // 0 until the stage has a size
    this.left = this.top = 0 // where the photo begins on the screen
  }

  load({ alt, small, full }) {
    this.full = full
    this.image.alt = alt
    this.image.onload = () => this.editor.draw()
    this.image.onerror = () => this.editor.panel.lostPicture()
    this.image.src = small
    new ResizeObserver(() => {
      if (!this.zoom || this.zoom < this.least()) this.fitBody()
      else this.moved()
    }).observe(this.stage)
  }

  // The whole photo's pixels come once they are needed.
  sharpen() {
    if (this.image.dataset.full || !this.full) return
    this.image.dataset.full = "asked"
    const whole = new Image()
    whole.onload = () => { this.image.src = whole.src }
    whole.src = this.full
  }

  box() {
    return this.stage.getBoundingClientRect()
  }

  toScreen([x, y]) {
    return [this.left + x * this.zoom, this.top + y * this.zoom]
  }

  toPhoto([x, y]) {
    return [(x - this.left) / this.zoom, (y - this.top) / this.zoom]
  }

  inside([x, y]) {
    return [Math.min(this.width, Math.max(0, x)), Math.min(this.height, Math.max(0, y))]
  }

  middle() {
    const { width, height } = this.box()
    return this.toPhoto([width / 2, height / 2])
  }

  shows(place) {
    const [x, y] = this.toScreen(place)
    const { width, height } = this.box()
    return x >= 0 && y >= 0 && x <= width && y <= height
  }

  get isZoomed() {
    return this.zoom > 1.01 * this.least()
  }

  // The whole photo fits at this zoom.
  least() {
    const { width, height } = this.box()
    return Math.min(width / this.width, height / this.height)
  }

  clamped(zoom) {
    return Math.min(MOST_ZOOM, Math.max(this.least(), zoom))
  }

  fit() {
    const { width, height } = this.box()
    if (!width || !height) return
    this.zoom = this.least()
    this.centre([this.width / 2, this.height / 2], width, height)
  }

  fitBody() {
    if (!this.body) { this.fit(); return }
    const [x0, y0, x1, y1] = this.body
    const { width } = this.box(), height = this.box().height - HINT
    if (width <= 0 || height <= 0) return
    this.zoom = Math.max(this.least(), Math.min(width / (x1 - x0), height / (y1 - y0)))
    this.centre([(x0 + x1) / 2, (y0 + y1) / 2], width, height)
  }

  lookAt(place) {
    const { width, height } = this.box()
    this.zoom = this.clamped(Math.max(this.zoom, 4 * this.least()))
    this.centre(place, width, height)
  }

  centre([x, y], width, height) {
    this.left = width / 2 - x * this.zoom
    this.top = height / 2 - y * this.zoom
    this.moved()
  }

  // What is at this place on the screen stays there.
  zoomTo(zoom, [x, y]) {
    const [px, py] = this.toPhoto([x, y])
    this.zoom = this.clamped(zoom)
    this.left = x - px * this.zoom
    this.top = y - py * this.zoom
    this.moved()
  }

  zoomIn(place) {
    this.zoomTo(this.zoom * STEP, this.toScreen(place || this.middle()))
  }

  zoomOut() {
    this.zoomTo(this.zoom / STEP, this.toScreen(this.middle()))
  }

  panTo(left, top) {
    this.left = left
    this.top = top
    this.moved()
  }

  moved() {
    const { width, height } = this.box()
    const clamp = (start, size, room) =>
      size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, start))
    this.left = clamp(this.left, this.width * this.zoom, width)
    this.top = clamp(this.top, this.height * this.zoom, height)
    this.editor.draw()
  }

  draw() {
    const has = this.image.naturalWidth || this.width
    const factor = (this.width / has) * this.zoom
    this.image.style.transform = `translate(${this.left}px, ${this.top}px) scale(${factor})`
    this.image.classList.toggle("pixels", this.zoom * devicePixelRatio > 3)
    if (this.zoom * devicePixelRatio > has / this.width) this.sharpen()
  }
}
