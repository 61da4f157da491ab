// Telling Python of the edits, one message at a time; each carries a number, which the answer has.
const PATIENCE_MS = 500 // after which an unanswered message no longer holds back the next
const SLOW_MS = 400 // after which a wait is shown

export class Link {
  constructor(number, onSlow) {
    this.send = () => {} // set by the component
    this.onSlow = onSlow
    this.sent = this.heard = number
    this.asked = 0 // when, or 0 where all is answered
    this.waiting = null
    this.timer = null
  }

  // `settled`: the hand rests. Only then is it stored, with the steps that can be undone.
  tell(edits, settled, steps) {
    this.waiting = { ...edits, settled: settled || Boolean(this.waiting?.settled) }
    if (this.waiting.settled) this.waiting.steps = steps
    if (settled || !this.asked || performance.now() - this.asked > PATIENCE_MS) this.flush()
    else this.timer ??= setTimeout(() => this.flush(), PATIENCE_MS)
  }

  flush() {
    clearTimeout(this.timer)
    this.timer = null
    if (!this.waiting) return
    const number = (this.sent += 1)
    this.asked = performance.now()
    const message = { ...this.waiting, number }
    this.waiting = null
    this.send(structuredClone(message))
    setTimeout(() => {
      if (this.heard < number) this.onSlow()
    }, SLOW_MS)
  }

  // Note an answer; return whether it is the one to the last message.
  answered(number) {
    this.heard = number
    if (number < this.sent) return false
    this.asked = 0
    if (this.waiting) this.flush()
    return true
  }
}
