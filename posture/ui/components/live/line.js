// A websocket on which each message has one answer.
export class Line {
  constructor(address, marks, partBytes) {
    this.marks = marks
    this.partBytes = partBytes
    this.socket = new WebSocket(address)
    this.socket.binaryType = "arraybuffer"
    this.open = new Promise((resolve, reject) => {
      this.socket.onopen = resolve
      this.fail = reject
    })
    this.socket.onmessage = ({ data }) => this.answered?.(JSON.parse(data))
    this.socket.onclose = ({ code }) => {
      this.code = code
      this.fail(new Error("closed"))
    }
  }

  ask(message) {
    return new Promise((resolve, reject) => {
      if (this.socket.readyState !== WebSocket.OPEN) reject(new Error("closed"))
      this.answered = resolve
      this.fail = reject
      this.socket.send(message)
    })
  }

  frame(picture) {
    return this.ask(marked(this.marks.frame, picture))
  }

  // A still, part by part.
  async bring(still) {
    let at = 0
    for (; still.size - at > this.partBytes; at += this.partBytes) {
      await this.ask(marked(this.marks.part, still.slice(at, at + this.partBytes)))
    }
    return this.ask(marked(this.marks.still, still.slice(at)))
  }

  close() {
    this.socket.close()
  }
}

const marked = (kind, blob) => new Blob([kind, blob])
