// Every stop of the Tab key on a page, shadow roots included: which are there, which was reached, and
// whether it could be seen that it was.
window.keys = (() => {
  const STOPS = "a[href], button, input, select, textarea, summary, [tabindex]";
  // Of these, Tab reaches one, and the arrow keys the others.
  const ONE_OF = '[role="radiogroup"], [role="toolbar"], [role="tablist"]';
  const reached = new Set();
  const failed = [];
  let last = null;

  function* all(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* all(element.shadowRoot);
    }
  }
  const above = (element) => element.parentElement || element.getRootNode().host;
  function* chain(element, most) {
    for (let at = element; at && most--; at = above(at)) yield at;
  }
  const name = (element) => {
    const said = element.getAttribute("aria-label") || element.labels?.[0]?.textContent ||
      element.textContent;
    return `${element.tagName.toLowerCase()} ${said.trim().slice(0, 40)}`;
  };
  const shown = (element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true });
  };
  const stops = () => [...all(document)].filter((element) =>
    element.matches(STOPS) && element.tabIndex >= 0 && !element.matches(":disabled, [inert] *") &&
    shown(element) && !(element.type === "radio" && !element.checked));

  // What could show the focus: the element, what it lies in, what it is drawn of.
  const wearers = (element) => [...chain(element, 5), ...element.children];
  const look = (element) => wearers(element).map((each) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, stroke } = getComputedStyle(each);
    const outline = outlineStyle !== "none" && parseFloat(outlineWidth) >= 1.5;
    return [outline && shown(each) && !clipped(each) ? outlineColor : "", boxShadow, stroke].join();
  });
  // A ring outside of its element, of which a box around it hides two sides or more.
  const clipped = (element) => {
    const { outlineOffset, outlineWidth } = getComputedStyle(element);
    const out = parseFloat(outlineOffset) + parseFloat(outlineWidth);
    const ring = element.getBoundingClientRect();
    for (const box of chain(above(element), 3)) {
      if (getComputedStyle(box).overflow === "visible") continue;
      const edge = box.getBoundingClientRect();
      const hidden = [ring.left - out < edge.left - 1, ring.top - out < edge.top - 1,
        ring.right + out > edge.right + 1, ring.bottom + out > edge.bottom + 1];
      if (out > 0 && hidden.filter(Boolean).length > 1) return true;
    }
    return false;
  };

  const hiddenAway = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight;
  };

  // After each press of the Tab key: whether there is anywhere further to go.
  function step() {
    let now = document.activeElement;
    while (now?.shadowRoot?.activeElement) now = now.shadowRoot.activeElement;
    if (now === document.body) now = null;
    if (last && last.element !== now && last.element.isConnected) {
      // A grid draws its focus itself; what just closed shows nothing any more.
      const same = look(last.element).join(";") === last.look;
      if (same && last.element.tagName !== "CANVAS") failed.push(`unseen: ${name(last.element)}`);
    }
    if (now && now === last?.element) return true; // a step within it, such as a grid's cell
    last = now && { element: now, look: look(now).join(";") };
    if (now && hiddenAway(now)) failed.push(`out of sight: ${name(now)}`);
    const again = reached.has(now);
    if (now) reached.add(now);
    return now !== null && !again;
  }
  const inside = (element, selector) =>
    [...chain(above(element), Infinity)].some((each) => each.matches(selector));
  const groups = (element) => element.closest(ONE_OF);
  const outcome = (within) => {
    const there = new Set([...reached].map(groups));
    const missed = stops().filter((element) => inside(element, within) && !reached.has(element) && !(groups(element) && there.has(groups(element))));
    return [...failed, ...missed.map((element) => `missed: ${name(element)}`)];
  };
  return { step, outcome };
})();
