// One instance a mount: state lives on the root element, so that a rerun keeps the zoom and the
// chosen name.
const SVG = "http://www.w3.org/2000/svg"
const REACH = 14 // screen pixels around a mark within which it is picked up

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const pick = (selector) => parentElement.querySelector(selector)
  const select = pick(".name"), image = pick("img"), svg = pick("svg")
  const sheet = pick(".sheet"), frame = pick(".frame")
  const placed = { ...data.placed }
  let zoom = Number(sheet.dataset.zoom || 1)

  if (select.options.length !== data.names.length) {
    select.replaceChildren(...data.names.map(({ name, label }) => new Option(label, name)))
  }
  if (image.src !== data.image) image.src = data.image
  svg.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`)

  const setZoom = (next) => {
    zoom = Math.min(6, Math.max(1, next))
    sheet.dataset.zoom = zoom
    sheet.style.width = `${100 * zoom}%`
    draw()
  }
  const unit = () => data.width / Math.max(1, svg.clientWidth) // photo pixels a screen pixel
  const draw = () => {
    const parts = []
    const add = (tag, attributes) => {
      const part = document.createElementNS(SVG, tag)
      for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value)
      parts.push(part)
    }
    const { plumb_top: top, plumb_bottom: bottom } = placed
    if (top && bottom) add("line", { x1: top[0], y1: top[1], x2: bottom[0], y2: bottom[1] })
    for (const [x, y] of Object.values(placed)) {
      add("circle", { cx: x, cy: y, r: 9 * unit() })
      add("circle", { cx: x, cy: y, r: 2 * unit(), class: "core" })
    }
    svg.replaceChildren(...parts)
  }
  const place = (event) => {
    const box = svg.getBoundingClientRect()
    const clamp = (value, most) => Math.min(most, Math.max(0, value))
    return [
      clamp(((event.clientX - box.left) / box.width) * data.width, data.width),
      clamp(((event.clientY - box.top) / box.height) * data.height, data.height),
    ]
  }
  const near = ([x, y]) =>
    Object.keys(placed).find(
      (name) => Math.hypot(placed[name][0] - x, placed[name][1] - y) < REACH * unit(),
    )
  const send = () => setStateValue("placed", { ...placed })

  let moving = null
  svg.onpointerdown = (event) => {
    event.preventDefault()
    const at = place(event)
    moving = near(at) || select.value
    if (moving === select.value) placed[moving] = at
    select.value = moving
    svg.setPointerCapture(event.pointerId)
    draw()
  }
  svg.onpointermove = (event) => {
    if (!moving) return
    placed[moving] = place(event)
    draw()
  }
  svg.onpointerup = () => {
    if (!moving) return
    moving = null
    const next = data.names.find(({ name }) => !(name in placed))
    if (next) select.value = next.name
    send()
  }
  pick(".remove").onclick = () => {
    delete placed[select.value]
    draw()
    send()
  }
  pick(".zoom-in").onclick = () => setZoom(zoom * 1.5)
  pick(".zoom-out").onclick = () => setZoom(zoom / 1.5)
  frame.onwheel = (event) => {
    if (!event.ctrlKey) return
    event.preventDefault()
    setZoom(zoom * (event.deltaY < 0 ? 1.2 : 1 / 1.2))
  }
  image.onload = draw
  new ResizeObserver(draw).observe(svg)
  setZoom(zoom)
}
