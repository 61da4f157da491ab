// What is drawn over the live picture: a level and a plumb line through its middle, and the outline
// of a body to stand in.
const SVG = "http://www.w3.org/2000/svg"
const FRONT =
  "M46 27C45 31 36 33 31 36C26 39 25 50 23 66L19 92C18 100 16 110 16 118L19 124L23 121" +
  "C25 112 25 104 26 96L32 64L34 74C35 82 33 92 33 102L35 142L38 190L33 197L45 197L46 150L50 108" +
  "L54 150L55 197L67 197L62 190L65 142L67 102C67 92 65 82 66 74L68 64L74 96C75 104 75 112 77 121" +
  "L81 124L84 118C84 110 82 100 81 92L77 66C75 50 74 39 69 36C64 33 55 31 54 27"
const SIDE =
  "M46 27C45 32 40 36 39 45C38 56 40 66 40 76C38 86 38 96 41 108L42 140L43 188L34 197L55 197" +
  "L55 188C57 170 57 158 57 140C59 124 62 112 62 102C62 92 58 84 58 74C60 62 62 50 60 42" +
  "C58 36 55 32 54 27"

export class Outline {
  constructor(svg, video) {
    this.svg = svg
    this.video = video
    this.drawn = null // what is there
  }

  draw(view) {
    const width = this.video.videoWidth, height = this.video.videoHeight
    const key = `${width} ${height} ${view}`
    if (!width || key === this.drawn) return
    this.drawn = key
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    const line = (name, x1, y1, x2, y2) => part("line", { class: name, x1, y1, x2, y2 })
    const parts = [
      line("level", 0, height / 2, width, height / 2),
      line("plumb", width / 2, 0, width / 2, height),
    ]
    if (view) {
      const tall = (0.78 * height) / 200 // the outline is drawn 200 high, around x = 50
      const across = view === "right" ? -tall : tall
      const place = `translate(${width / 2 - 50 * across} ${0.14 * height}) scale(${across} ${tall})`
      const body = part("g", { class: "outline", transform: place })
      const front = view === "anterior" || view === "posterior"
      body.append(
        part("ellipse", { cx: front ? 50 : 49, cy: 14, rx: front ? 9 : 10.5, ry: 13 }),
        part("path", { d: front ? FRONT : SIDE }),
      )
      parts.push(body)
    }
    this.svg.replaceChildren(...parts)
  }
}

function part(tag, attributes) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}
