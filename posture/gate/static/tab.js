// In every page of the dashboard: gives the tab a name, tells the gate that somebody is at work, warns
// before the idle lock, and leaves the page, with all that it shows, as soon as the gate says that the
// session has ended.
const ENDED = 4401;
const TELL_EVERY_MS = 20000;
const SEND_TEXT_MS = 2000;
const OTHER_TAB_MS = 1500; // a page loaded anew waits a moment for the one before to be gone
let socket;
let told = 0;
let warning = null;

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
  socket.onclose = (event) => (event.code === ENDED ? leave() : setTimeout(again, 1000));
  socket.onmessage = (event) => warn(JSON.parse(event.data));
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
    warning = document.createElement("div");
    warning.setAttribute("role", "alertdialog");
    warning.setAttribute("aria-labelledby", "plumbline-warning");
    warning.style.cssText =
      "position:fixed;inset:0 0 auto 0;z-index:2147483647;display:flex;gap:1rem;padding:1rem;" +
      "justify-content:center;align-items:center;background:#7a2e00;color:#fff;" +
      "font:600 1.25rem/1.4 system-ui,sans-serif;box-shadow:0 2px 12px #0006";
    const text = document.createElement("span");
    text.id = "plumbline-warning";
    warning.append(text);
    document.body.append(warning);
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

// Streamlit sends a text field's words when it is left, or at Ctrl+Enter. Whoever stops writing, and
// goes to the patient, has not left it: send them, except in a form, which that would submit.
function sendText() {
  const field = document.activeElement;
  if (field?.tagName !== "TEXTAREA" || field.closest("[data-testid=stForm]")) return;
  field.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true }),
  );
}

let pause;
addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(sendText, SEND_TEXT_MS);
}, { capture: true, passive: true });

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, atWork, { capture: true, passive: true });
}
// A page that the browser kept for its Back button must not come back after the session ended.
addEventListener("pageshow", (event) => event.persisted && location.reload());
connect();
