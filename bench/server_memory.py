"""Whether the dashboard's memory grows with use: one browser session, page after page.

    python bench/server_memory.py [--changes 200] [--warm 40]

Serves the sample patients in a process of its own, opens them in Chromium, and goes from page to
page; a table shows the server's resident memory (RSS) at every twentieth change after the warm-up,
and the slope of the line through all of them.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

EVERY = 20
PAGES = ("Overview", "New visit", "Visit", "Compare", "History", "Export", "Patients")
RESIDENT = re.compile(r"VmRSS:\s+(\d+) kB")


@contextmanager
def served(home: Path) -> Iterator[tuple[str, int]]:
    """Serve the sample patients; yield the address and the server's process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "posture.cli",
        "demo",
        "--no-browser",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(
        command, env=os.environ | {"POSTURE_HOME": str(home)}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):  # the sample patients are measured first
            try:
                urllib.request.urlopen(f"{url}/gate/state", timeout=1)
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.5)
        yield url, server.pid
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def resident_mb(pid: int) -> float:
    """Return a process's resident memory in MB (Linux)."""
    found = RESIDENT.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024


def settle(page: Page) -> None:
    """Wait until the page has finished running."""
    page.wait_for_timeout(150)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=60_000)


def begin(page: Page, url: str) -> None:
    """Open the first patient's first visit, so that every page has something to show."""
    page.goto(url)
    page.get_by_role("button", name="Open").first.click()
    page.get_by_role("heading", name="Visits").wait_for()
    page.get_by_role("button", name="Open").first.click()
    page.get_by_role("heading", name="Visit of").wait_for()
    settle(page)


def go_round(page: Page, pid: int, changes: int) -> list[float]:
    """Change the page ``changes`` times; return the server's memory after each."""
    found = []
    for number in range(changes):
        name = PAGES[number % len(PAGES)]
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).first.click()
        settle(page)
        found.append(resident_mb(pid))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--warm", type=int, default=40)
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "records") as (url, pid),
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.set_default_timeout(60_000)
        begin(page, url)
        go_round(page, pid, asked.warm)
        found = go_round(page, pid, asked.changes)
        browser.close()
    print("page changes   server's memory (RSS)")
    for number in range(0, asked.changes, EVERY):
        print(f"{number + 1:12}   {found[number]:8.1f} MB")
    print(f"{asked.changes:12}   {found[-1]:8.1f} MB")
    half = len(found) // 2
    slope = np.polyfit(np.arange(len(found)), found, 1)[0]
    print(
        f"first half's median {np.median(found[:half]):.1f} MB, second half's "
        f"{np.median(found[half:]):.1f} MB; {slope * 100:+.2f} MB in 100 changes"
    )


if __name__ == "__main__":
    main()
