// What stands beside the picture: the points, the chosen one's card, and what is measured.
import { fill } from "./marks.js"

export class Panel {
  constructor(editor, { figures, points, limits }) {
    this.editor = editor
    this.words = editor.words
    this.points = points
    this.chips = new Map() // the points' buttons, by name
    this.carded = null // what the card shows
    this.putWords()
    this.pick(".figures").innerHTML = figures // our own drawings
    this.addChips(points)
    const length = this.pick(".length input")
    ;[length.min, length.max] = limits.length_mm
    length.value = editor.edits.now.length ?? ""
    length.onchange = () => editor.edits.setLength(Number(length.value) || null)
  }

  pick(selector) {
    return this.editor.pick(selector)
  }

  putWords() {
    for (const element of this.editor.root.querySelectorAll("[data-text]")) {
      element.textContent = this.words[element.dataset.text]
    }
    for (const element of this.editor.root.querySelectorAll("[data-label]")) {
      element.setAttribute("aria-label", this.words[element.dataset.label])
      element.title = this.words[element.dataset.label]
    }
    this.pick(".bar").setAttribute("aria-label", this.words.tools)
  }

  addChips(points) {
    this.pick(".points").replaceChildren()
    for (const group of new Set(points.map((point) => point.group))) {
      const section = document.createElement("section")
      const title = document.createElement("h4")
      const row = document.createElement("div")
      title.textContent = group
      for (const { name, label } of points.filter((point) => point.group === group)) {
        const chip = button("", () => this.editor.choose(name))
        chip.append(document.createElement("i"), label)
        this.chips.set(name, chip)
        row.append(chip)
      }
      section.append(title, row)
      this.pick(".points").append(section)
    }
  }

  draw() {
    const { edits } = this.editor
    this.drawChips()
    this.pick(".undo").disabled = !edits.past.length
    this.pick(".redo").disabled = !edits.future.length
    this.pick(".none").disabled = edits.isUntouched
    this.drawCard()
    this.drawMeasured()
    const found = this.points.filter(({ source, name }) => source === "marker" && edits.at(name))
    this.pick(".check").hidden = !found.length || edits.now.checked
    this.pick(".check p").textContent = fill(this.words.check, { n: found.length })
    this.pick(".stage").classList.toggle("aiming", Boolean(this.editor.aiming))
    this.pick(".hint span").textContent = this.hint()
  }

  hint() {
    const { aiming, chosen, known, edits } = this.editor
    if (aiming) return fill(this.words.aim, { label: known.get(aiming).label })
    if (chosen && edits.at(chosen)) return fill(this.words.move, { label: known.get(chosen).label })
    return this.words.start
  }

  // How a point is, in words.
  state(name, absent = this.words.absent) {
    const { edits } = this.editor
    if (edits.isRejected(name)) return this.words.rejected
    return edits.at(name) ? this.words[edits.source(name)] : absent
  }

  drawChips() {
    const { edits, chosen, data, known } = this.editor
    for (const [name, chip] of this.chips) {
      chip.style.setProperty("--ink", data.inks[edits.source(name)] || "currentColor")
      chip.setAttribute("aria-pressed", String(name === chosen))
      chip.className = [
        !edits.at(name) && "absent", edits.isUnsure(name) && "doubtful",
        edits.isRejected(name) && "rejected",
      ].filter(Boolean).join(" ")
      chip.setAttribute("aria-label", `${known.get(name).label}, ${this.state(name)}`)
    }
  }

  drawCard() {
    const { chosen, edits, known, data } = this.editor
    const card = this.pick(".card")
    card.hidden = !chosen
    if (!chosen) { this.carded = null; return }
    const point = known.get(chosen)
    const shown = [chosen, edits.source(chosen), Boolean(edits.at(chosen)), edits.isRejected(chosen)]
    const stamp = JSON.stringify(shown)
    if (stamp === this.carded) return
    this.carded = stamp
    card.querySelector("h4").textContent = point.label
    card.querySelector(".felt").textContent = point.felt || ""
    card.querySelector(".state").textContent = this.state(chosen, point.why || this.words.absent) +
      (edits.isUnsure(chosen) ? `. ${this.words.unsure_advice}` : "")
    this.drawFigure(card, point)
    this.pick(".length").hidden = !data.tools.ruler.includes(chosen)
    card.querySelector(".acts").replaceChildren(...this.acts(chosen, point))
  }

  drawFigure(card, { figure: name, mirrored, spot: chosenSpot }) {
    const figure = this.pick(".figures").querySelector(`[data-figure="${name}"]`)
    const place = card.querySelector(".figure")
    card.classList.toggle("plain", !figure)
    place.hidden = !figure
    place.classList.toggle("mirrored", Boolean(mirrored))
    place.replaceChildren(...(figure ? [figure.cloneNode(true)] : []))
    for (const spot of place.querySelectorAll(".spot")) {
      spot.classList.toggle("here", spot.dataset.spot === chosenSpot)
    }
  }

  // The buttons for what can be done with a point.
  acts(name, point) {
    const { edits, view } = this.editor
    const acts = []
    if (edits.isAbsent(name)) {
      acts.push(button(this.words.put, () => this.editor.placeInTheMiddle(name)))
    }
    if (edits.isRejected(name)) acts.push(button(this.words.use, () => edits.reset(name)))
    else if (edits.isPlaced(name)) {
      const words = point.found ? this.words.reset : this.words.take_away
      acts.push(button(words, () => edits.reset(name)))
    } else if (point.source === "marker") {
      acts.push(button(this.words.reject, () => edits.reject(name)))
    }
    if (edits.at(name)) acts.push(button(this.words.near, () => view.lookAt(edits.at(name))))
    return acts
  }

  drawMeasured() {
    const { data, chosen } = this.editor
    const row = (measure) => this.row(measure)
    this.pick(".all tbody").replaceChildren(...data.measures.map(row))
    const mine = data.measures.filter(({ uses }) => uses.includes(chosen))
    this.pick(".from tbody").replaceChildren(...mine.map(row))
    const short = mine.filter((m) => m.words !== null).slice(0, 2)
    this.pick(".told").textContent = short.map((m) => `${m.label}: ${m.words}`).join(" · ")
  }

  row({ label, words: value, sd, was, reason }) {
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
      if (was) {
        const before = document.createElement("small")
        before.textContent = fill(this.words.was, { value: was })
        cell.append(before)
      }
    }
    made.append(name, cell)
    return made
  }

  say({ error, scene }) {
    const place = this.pick(".error")
    place.hidden = !error
    place.textContent = error || ""
    this.pick(".scene").textContent = scene
  }

  lostPicture() {
    this.say({ error: this.words.lost, scene: "" })
  }
}

function button(text, act) {
  const made = document.createElement("button")
  made.type = "button"
  made.textContent = text
  made.onclick = act
  return made
}
