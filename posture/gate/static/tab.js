// In every page of the dashboard: gives the tab a name, tells the gate that somebody is at work, warns
// before the idle lock, says so while the connection is lost, and leaves the page, with all that it
// shows, as soon as the gate says that the session has ended.
const ENDED = 4401;
const TELL_EVERY_MS = 20000;
const SEND_TEXT_MS = 2000; // after the last letter
const MOST_UNSENT_MS = 10000; // however long somebody writes on
const SAY_LOST_MS = 1500;
const OTHER_TAB_MS = 1500; // a page loaded anew waits a moment for the one before to be gone
let socket;
let told = 0;
let warning = null;
let lostWords = "";
const untold = new Set(); // fields that were typed into while the gate did not hear
let lost = null; // what waits to say so, then what says it

// The tab's name stays when the page is loaded anew: the record knows by it what the tab was at.
function tabName() {
  let name = sessionStorage.getItem("tab");
  if (!name) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    name = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    sessionStorage.setItem("tab", name);
  }
  return name;
}

// A duplicated tab comes with a copy of the name. Who holds its lock is the first; the other one takes
// a name of its own, so that neither shows what the other is at.
navigator.locks
  ?.request(`tab ${tabName()}`, { signal: AbortSignal.timeout(OTHER_TAB_MS) }, () => new Promise(() => {}))
  .catch(() => {
    sessionStorage.removeItem("tab");
    location.reload();
  });

const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(address, protocols) {
    const named = new URL(address, location.href);
    named.searchParams.set("tab", tabName());
    super(named, protocols);
  }
};

function leave() {
  document.documentElement.replaceChildren();
  location.reload();
}

async function again() {
  try {
    const answer = await fetch("/gate/state", { cache: "no-store" });
    if (!(await answer.json()).inside) return leave();
    connect();
  } catch {
    setTimeout(again, 3000); // the program is stopped, or the network is away
  }
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/gate/watch`);
  socket.onopen = foundAgain;
  socket.onclose = (event) => {
    if (event.code === ENDED) return leave();
    sayLost();
    setTimeout(again, 1000);
  };
  socket.onmessage = (event) => {
    const told = JSON.parse(event.data);
    if (told.lost) lostWords = told.lost;
    else warn(told);
  };
}

// Streamlit's own words for it speak of itself and of the internet: ours stand instead.
function sayLost() {
  if (lost || !lostWords) return;
  lost = new AbortController();
  const { signal } = lost;
  const waits = setTimeout(() => {
    const said = banner("alert", "plumbline-lost");
    said.firstChild.textContent = lostWords;
    const quiet = document.createElement("style");
    quiet.textContent = '[data-testid="stDialog"] { display: none !important }';
    said.append(quiet);
    signal.addEventListener("abort", () => said.remove());
  }, SAY_LOST_MS);
  signal.addEventListener("abort", () => clearTimeout(waits));
}

function foundAgain() {
  lost?.abort();
  lost = null;
  tellUntold();
}

function banner(role, id) {
  const made = document.createElement("div");
  made.setAttribute("role", role);
  made.setAttribute("aria-labelledby", id);
  made.style.cssText =
    "position:fixed;inset:0 0 auto 0;z-index:2147483647;display:flex;gap:1rem;padding:1rem;" +
    "justify-content:center;align-items:center;background:#7a2e00;color:#fff;" +
    "font:600 1.25rem/1.4 system-ui,sans-serif;box-shadow:0 2px 12px #0006";
  const text = document.createElement("span");
  text.id = id;
  made.append(text);
  document.body.append(made);
  return made;
}

function tell() {
  told = Date.now();
  if (socket.readyState === WebSocket.OPEN) socket.send("at work");
}

function atWork(event) {
  if (event.isTrusted && (warning || Date.now() - told > TELL_EVERY_MS)) tell();
}

// Before the idle lock: what is typed is sent, and the seconds are counted.
function warn({ words, stay }) {
  if (!words) {
    warning?.remove();
    warning = null;
    return;
  }
  if (!warning) {
    sendText();
    warning = banner("alertdialog", "plumbline-warning");
  }
  warning.firstChild.textContent = words;
  if (stay && !warning.querySelector("button")) {
    const button = document.createElement("button");
    button.textContent = stay;
    button.style.cssText =
      "font:inherit;padding:.5rem 1.5rem;border:0;border-radius:.4rem;background:#fff;" +
      "color:#7a2e00;cursor:pointer";
    button.onclick = tell;
    warning.append(button);
  }
}

// Streamlit sends a field's words when it is left, or at Enter (Ctrl+Enter in a large one). Whoever stops writing, and
// goes to the patient, has not left it: send them, except in a form, which that would submit. While the
// connection is lost the field takes nothing: it is sent when it does again.
// What is typed is told to the gate letter by letter, too: Back, a page loaded anew, or a link takes a
// field away before its words are sent, and a form sends them only by its button.
const FIELDS =
  '[data-testid="stTextInput"], [data-testid="stTextArea"], [data-testid="stNumberInput"]';

function tellTyped(field) {
  const box = field.type !== "password" && field.closest('[data-testid="stElementContainer"]');
  const key = box && [...box.classList].find((name) => name.startsWith("st-key-"));
  if (!key) return;
  if (socket.readyState === WebSocket.OPEN)
    socket.send(`typed ${JSON.stringify([key.slice("st-key-".length), field.value])}`);
  else untold.add(field);
}

function tellUntold() {
  const fields = [...untold];
  untold.clear();
  for (const field of fields) if (field.isConnected) tellTyped(field);
}

// A number also changes by its buttons and by arrow keys, which are no input.
for (const kind of ["click", "keyup", "focusout"]) {
  addEventListener(kind, ({ target }) => {
    const field = target.closest?.('[data-testid="stNumberInput"]')?.querySelector("input");
    if (field) setTimeout(() => tellTyped(field));
  }, { capture: true, passive: true });
}

let pause;
let unsent = null;
let unsentSince = 0;
let cutOff = false;

function sendText() {
  clearTimeout(pause);
  const field = unsent;
  if (!field?.isConnected) return;
  if (field.disabled) {
    cutOff = true;
    pause = setTimeout(sendText, 500);
    return;
  }
  if (cutOff) {
    cutOff = false;
    retype(field);
    pause = setTimeout(sendText);
    return;
  }
  unsent = null;
  const ctrlKey = field.tagName === "TEXTAREA";
  field.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey, bubbles: true }),
  );
}

// As the field was shut Streamlit took its words for sent: only others are sent. A space at the end,
// which the note does not keep, makes them others.
function retype(field) {
  const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
  const { set } = Object.getOwnPropertyDescriptor(kind.prototype, "value");
  set.call(field, field.value.endsWith(" ") ? field.value.slice(0, -1) : `${field.value} `);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  clearTimeout(pause);
}

addEventListener("input", ({ target }) => {
  if (!target.closest(FIELDS)) return;
  tellTyped(target);
  if (target.closest("[data-testid=stForm]")) return;
  if (target !== unsent) {
    sendText();
    unsent = target;
    unsentSince = Date.now();
  }
  clearTimeout(pause);
  pause = setTimeout(sendText, Math.min(SEND_TEXT_MS, unsentSince + MOST_UNSENT_MS - Date.now()));
}, { capture: true, passive: true });

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, atWork, { capture: true, passive: true });
}
// A page that the browser kept for its Back button must not come back after the session ended.
addEventListener("pageshow", (event) => event.persisted && location.reload());
connect();
