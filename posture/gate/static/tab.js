// In every page of the dashboard: tells the gate that somebody is at work, and leaves the page, with
// all that it shows, as soon as the gate says that the session has ended.
const ENDED = 4401;
const TELL_EVERY_MS = 20000;
let socket;
let told = 0;

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
}

function atWork(event) {
  const now = Date.now();
  if (event.isTrusted && now - told > TELL_EVERY_MS && socket.readyState === WebSocket.OPEN) {
    told = now;
    socket.send("at work");
  }
}

for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"]) {
  addEventListener(kind, atWork, { capture: true, passive: true });
}
// A page that the browser kept for its Back button must not come back after the session ended.
addEventListener("pageshow", (event) => event.persisted && location.reload());
connect();
