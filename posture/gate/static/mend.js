// What Streamlit's own parts lack, mended as the page is drawn: for screen readers, for whoever works
// by the keyboard, and for readers of another language than English.
const WORDED = [
  "stSkipToContent", "stTooltipContent", "InputInstructions", "stFileUploader", "stStatusWidget",
  "stDialog", "stConnectionStatus",
].map((name) => `[data-testid="${name}"]`).join(",") + ',[role="tooltip"],[role="listbox"]';
const LABELS = ["aria-label", "title", "placeholder"];
let said = "";
let table = new Map();
let patterns = [];
let page = location.pathname;
let met = false; // whether the menu was seen before: a page just loaded takes no focus

function mend() {
  const told = document.querySelector("[data-language]");
  if (told) speak(told.dataset);
  // The menu's list has headings between its items, which a list must not have.
  for (const list of document.querySelectorAll('ul[data-testid="stSidebarNavItems"]')) {
    list.setAttribute("role", "none");
    for (const item of list.querySelectorAll("li")) item.setAttribute("role", "none");
  }
  // What scrolls is scrolled by keys too.
  for (const box of document.querySelectorAll('[data-testid="stTable"], [data-testid="stTable"] *')) {
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible")
      box.tabIndex = 0;
  }
  for (const told of document.querySelectorAll('[data-testid="stDownloadButtonError"]')) keep(told);
  for (const part of document.querySelectorAll('.stMain [aria-label*="\\\\"]')) unmark(part);
  hide();
  follow();
}

// Why a file could not be made stays until its button is pressed again; Streamlit shows it for 5 s.
function keep(told) {
  const place = told.parentElement;
  let words = place.querySelector(".not-made");
  if (!words) {
    words = document.createElement("p");
    words.className = "not-made";
    words.setAttribute("role", "alert");
    place.append(words);
    place.addEventListener("click", () => words.remove(), { once: true, capture: true });
  }
  words.textContent = told.textContent;
  told.hidden = true;
}

// Streamlit reads a label aloud with its markdown: the name of a widget is what is seen of it.
function unmark(part) {
  const label = part.getAttribute("aria-label");
  const words = label.replaceAll(":small[]", "").replace(/\\([!-/:-@[-`{-~])/g, "$1");
  if (words !== label) part.setAttribute("aria-label", words);
}

// A menu that is put away, as on a phone, is no place for the focus; opened, it is.
function hide() {
  const menu = document.querySelector('[data-testid="stSidebar"]');
  const away = menu?.dataset.collapsed === "true";
  const first = !met;
  met ||= menu !== null;
  if (!menu || menu.inert === away) return;
  menu.inert = away;
  if (first || location.pathname !== page || document.activeElement !== document.body) return;
  const next = away ? '[data-testid="stExpandSidebarButton"]' : '[data-testid="stSidebar"] a';
  document.querySelector(next)?.focus();
}

// A button that led to another page is gone with its page: its focus goes to the new one's content.
function follow() {
  const main = document.querySelector('[data-testid="stMain"]');
  if (location.pathname === page || !main?.querySelector("h1")) return;
  page = location.pathname;
  if (document.activeElement === document.body) main.focus({ preventScroll: true });
}

function speak({ language, words }) {
  document.documentElement.lang = language;
  if (words !== said) {
    said = words;
    table = new Map(Object.entries(JSON.parse(words || "{}")));
    patterns = [...table].filter(([text]) => text.includes("{}")).map(([text, other]) => [
      new RegExp(`^${text.split("{}").map(RegExp.escape ?? plain).join("(.+)")}$`), other,
    ]);
  }
  if (!table.size) return;
  for (const name of LABELS) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      const other = translated(element.getAttribute(name));
      if (other) element.setAttribute(name, other);
    }
  }
  for (const box of document.querySelectorAll(WORDED)) {
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const other = translated(texts.currentNode.nodeValue.trim());
      if (other) texts.currentNode.nodeValue = other;
    }
  }
}

const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function translated(text) {
  const whole = table.get(text);
  if (whole) return whole === text ? "" : whole;
  for (const [pattern, other] of patterns) {
    const match = pattern.exec(text);
    if (match) return other.replace("{}", () => match[1]);
  }
  return "";
}

let due = false;
new MutationObserver(() => {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    mend();
  });
}).observe(document, {
  childList: true, subtree: true, characterData: true,
  attributes: true, attributeFilter: ["data-collapsed"],
});
