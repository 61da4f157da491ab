"""How long a page takes on the server when many people have the dashboard open.

    python bench/page_times.py [--sessions 1 20] [--turns 2] [--pause 5] [--pages visit history]
                             [--home FOLDER]

Serves the sample patients in a separate process that times each run of a page's script. The
sessions are real, each with its own cookie, websocket and browser tab name, but without a browser:
a small client presses buttons and follows links as Streamlit's own page does. Each opens a patient
and goes from page to page, ``--turns`` times.

Two loads: *at once*, where everybody asks for the next page immediately, and *at work*, where
everybody looks at a page for some seconds first. Wall: from start to end of a run; CPU: the
computing time of its own thread. The difference is waiting: for the interpreter and the record.
"""

import argparse
import json
import os
import random
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

PAGES = ("patient", "visit", "compare", "history", "patient_view", "patients")
START_S, PATIENCE_S = 600, 300


def serve(port: int, times: Path) -> None:
    """Serve the sample patients and write a line for each run of a page's script."""
    from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

    from posture.cli import demo
    from posture.gate.options import Options
    from posture.records.home import apart_from_the_clinic, demo_folder
    from posture.serve import server

    run_script = ScriptRunner._run_script
    out = times.open("a", encoding="utf-8")

    def timed(self: Any, rerun_data: Any) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        run_script(self, rerun_data)
        took = time.perf_counter() - wall, time.thread_time() - cpu
        out.write(json.dumps([time.time(), rerun_data.page_script_hash, *took]) + "\n")
        out.flush()

    ScriptRunner._run_script = timed
    apart_from_the_clinic()
    demo.fill(demo_folder(), tell=lambda _: None)
    server.serve(demo_folder(), Options(port=port, opens_itself=True), browser=False)


@contextmanager
def served(home: Path, times: Path) -> Iterator[str]:
    """Serve in a separate process and yield the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", str(port), "--times", str(times)]
    server = subprocess.Popen(
        command, env=os.environ | {"POSTURE_HOME": str(home)}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(START_S * 2):  # the samples are measured first
            try:
                httpx.get(f"{url}/gate/state", timeout=5)
                break
            except httpx.HTTPError:
                assert server.poll() is None, "the server did not start"
                time.sleep(0.5)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


class Client:
    """One browser tab: a session, a websocket, the pages, and the buttons of the current page."""

    def __init__(self, url: str) -> None:
        browser = httpx.Client(base_url=url, headers={"accept": "text/html"}, timeout=60)
        browser.get("/").raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        browser.close()
        self._opened = ExitStack()
        socket_ = connect(
            f"{url.replace('http', 'ws')}/_stcore/stream?tab={secrets.token_hex(16)}",
            additional_headers={"Cookie": cookies},
            origin=url,
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],
            max_size=None,
            ping_interval=None,
        )
        self._socket = self._opened.enter_context(socket_)
        self.pages: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self._page = ""
        self.run()

    def close(self) -> None:
        """Close the tab."""
        self._opened.close()

    def go(self, page: str) -> None:
        """Follow a link of the menu."""
        self._page = self.pages[page]
        self.run()

    def run(self, press: str | None = None) -> None:
        """Ask for a run of the page, and wait for its end."""
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page
        if press:
            state = message.rerun_script.widget_states.widgets.add(id=press)
            state.trigger_value = True
        self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(self._socket.recv(timeout=PATIENCE_S))
            kind = answer.WhichOneof("type")
            if kind == "new_session":  # also within a run, where it goes on to another page
                self.buttons = {}
            elif kind == "navigation":
                self.pages |= {
                    page.url_pathname or "patients": page.page_script_hash
                    for page in answer.navigation.app_pages
                }
                self._page = answer.navigation.page_script_hash
            elif kind == "delta" and answer.delta.new_element.WhichOneof("type") == "button":
                button = answer.delta.new_element.button
                self.buttons.setdefault(button.label, button.id)
            elif kind == "script_finished" and answer.script_finished in {
                ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            }:  # fmt: skip
                return


def go_round(client: Client, pages: list[str], turns: int, pause: float) -> None:
    """Go through the pages, ``turns`` times."""
    for _ in range(turns):
        for page in pages:
            time.sleep(random.uniform(0.5, 1.5) * pause)
            client.go(page)


@contextmanager
def at_the_pages(url: str, pages: list[str], sessions: int) -> Iterator[list[Client]]:
    """Open sessions that have opened a patient and seen each page.

    So what is drawn once per session, such as photos with their lines, is not measured.
    """
    clients = [Client(url) for _ in range(sessions)]
    together([partial(begin, client, pages) for client in clients])
    yield clients
    for client in clients:
        client.close()


def begin(client: Client, pages: list[str]) -> None:
    """Open the first patient's first visit, then each page."""
    client.run(press=client.buttons["Open"])
    client.run(press=client.buttons["Open"])
    go_round(client, pages, 1, 0.0)


def measured(
    clients: list[Client], times: Path, pages: list[str], turns: int, pause: float
) -> list[Any]:
    """Return all runs while the sessions go through the pages: page, wall and CPU time."""
    begun = time.time()
    together([partial(go_round, client, pages, turns, pause) for client in clients])
    names = {hash_: name for name, hash_ in clients[0].pages.items()}
    rows = [json.loads(line) for line in times.read_text(encoding="utf-8").splitlines()]
    return [(names.get(page, "?"), wall, cpu) for at, page, wall, cpu in rows if at > begun]


def together(tasks: list[Any]) -> None:
    """Run all tasks at the same time."""
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--pages", nargs="+", default=PAGES)
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--pause", type=float, default=5.0)
    parser.add_argument(
        "--home", type=Path, help="Folder to keep the sample patients for the next time."
    )
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--times", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.times)
        return
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder) / "times"
        times.touch()
        with served(asked.home or Path(folder) / "records", times) as url:
            for sessions in asked.sessions:
                with at_the_pages(url, asked.pages, sessions) as clients:
                    for load, pause in (("at once", 0.0), ("at work", asked.pause)):
                        turns = asked.turns * (1 if sessions > 1 else 4)
                        runs = measured(clients, times, asked.pages, turns, pause)
                        show(load, sessions, runs)


def show(load: str, sessions: int, runs: list[Any]) -> None:
    """Print what the runs of one load took, together and page by page."""
    pages: dict[str, list[Any]] = defaultdict(list)
    for page, wall, cpu in runs:
        pages[page].append((wall, cpu))
        pages["all"].append((wall, cpu))
    print(
        f"\n{load}, {sessions} sessions, {len(runs)} runs: median and worst wall, mean CPU, in ms"
    )
    for page, found in pages.items():
        wall = sorted(1000 * row[0] for row in found)
        cpu = statistics.mean(1000 * row[1] for row in found)
        print(
            f"  {page:14} {statistics.median(wall):7.0f} {wall[-1]:7.0f}   {cpu:6.1f}", flush=True
        )


if __name__ == "__main__":
    main()
