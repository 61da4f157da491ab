// What was edited, and the steps that can be undone and redone.
const ONE_STEP_MS = 900 // a row of arrow keys on one point within this is one step

export class Edits {
  // `changed` is called after every change; with true once the hand rests.
  constructor({ edits, steps, limits }, known, changed) {
    this.now = structuredClone(edits) // {placed, rejected, checked, length}
    const { past, future } = structuredClone(steps)
    this.past = past
    this.future = future
    this.most = limits.steps
    this.known = known
    this.changed = changed
    this.last = ["", 0] // the last step's kind, and when
  }

  // Where a point is, in photo pixels; null where it is not.
  at(name) {
    if (this.now.placed[name]) return this.now.placed[name]
    const point = this.known.get(name)
    return point.found && !this.isRejected(name) ? point.found : null
  }

  source(name) {
    return this.isPlaced(name) ? "placed" : this.known.get(name).source
  }

  isPlaced(name) {
    return Boolean(this.now.placed[name])
  }

  isRejected(name) {
    return this.now.rejected.includes(name)
  }

  isAbsent(name) {
    return !this.at(name) && !this.isRejected(name)
  }

  isUnsure(name) {
    return this.known.get(name).unsure && !this.isPlaced(name)
  }

  get isUntouched() {
    return !Object.keys(this.now.placed).length && !this.now.rejected.length
  }

  // Changes, each a step

  place(name, at, kind = "") {
    this.step(kind, () => { this.now.placed[name] = at })
  }

  reset(name) {
    this.step("", () => {
      delete this.now.placed[name]
      this.now.rejected = this.now.rejected.filter((other) => other !== name)
    })
  }

  reject(name) {
    this.step("", () => this.now.rejected.push(name))
  }

  resetAll() {
    this.step("", () => {
      this.now.placed = {}
      this.now.rejected = []
    })
  }

  check() {
    this.step("", () => { this.now.checked = true })
  }

  setLength(mm) {
    this.step("", () => { this.now.length = mm })
  }

  // A drag: many changes, one step

  copy() {
    return structuredClone(this.now)
  }

  drag(name, at) {
    this.now.placed[name] = at
    this.changed(false)
  }

  dropped(before) {
    this.past.push(before)
    this.future = []
    this.last = ["", 0]
    this.changed(true)
  }

  restore(before) {
    this.now = before
    this.changed(true)
  }

  // Steps

  step(kind, change) {
    const before = this.copy()
    change()
    const now = performance.now()
    const goesOn = kind && kind === this.last[0] && now - this.last[1] <= ONE_STEP_MS
    if (!goesOn) this.past.push(before)
    this.last = [kind, now]
    this.future = []
    this.changed(true)
  }

  undo() {
    this.turn(this.past, this.future)
  }

  redo() {
    this.turn(this.future, this.past)
  }

  turn(from, to) {
    if (!from.length) return
    to.push(this.copy())
    this.now = from.pop()
    this.last = ["", 0]
    this.changed(true)
  }

  steps() {
    return { past: this.past.slice(-this.most), future: this.future.slice(-this.most) }
  }
}
