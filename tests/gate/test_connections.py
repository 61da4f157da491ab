"""Who is slow, silent or many: real sockets against a server that keeps to the limits."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import uvicorn
from support.serving import Browser, serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from posture.records.sessions import Sessions
from posture.records.unlocking import record_access
from posture.serve import connections
from posture.serve.connections import ON_SESSION_FOUND, Connections, WebSocket, bounded
from posture.serve.log_limit import MOST
from posture.serve.server import PAGE_BYTES, STREAM, largest_message

HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
FORM = b"POST /%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
LARGE = 50_000_000
PATIENCE_S = 60


async def app(scope, receive, send):
    """Answer when a body has come whole; what begins with /known is somebody's with a session."""
    if scope["type"] == "lifespan":
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})
        return
    if scope["path"].startswith("/known"):
        scope[ON_SESSION_FOUND]()
    if scope["type"] == "websocket":
        if not scope["path"].startswith("/known"):
            await asyncio.sleep(PATIENCE_S)
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "bytes": message["bytes"]})
        return
    if not scope["path"].startswith("/refused"):
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = b"x" * LARGE if scope["path"] == "/large" else b"done"
    await send({"type": "http.response.body", "body": body})


@contextmanager
def bounded_server(most: int = 100, largest: int = 1000) -> Iterator[int]:
    """Serve the application in this process and give the port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    config = uvicorn.Config(app, ws="websockets-sansio", log_level="critical")
    config.load()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "most_connections", lambda: most)
        sockets = bounded(config, [listening], lambda _: largest)
    server = uvicorn.Server(config)
    sockets[0].listen()  # who comes before it serves waits
    thread = threading.Thread(target=server.run, args=(list(sockets),))
    thread.start()
    try:
        yield port
    finally:
        server.force_exit = server.should_exit = True
        thread.join()


def line_to(port: int, sends: bytes = b"") -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    line.sendall(sends)
    return line


def left_open(line: socket.socket) -> bool:
    """Whether the other side has not hung up so far."""
    line.setblocking(False)
    try:
        return line.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def until_hung_up(line: socket.socket, drip: bytes = b"") -> bytes:
    """Return what comes until the other side hangs up, sending it drop by drop meanwhile."""
    got = b""
    line.settimeout(0.1 if drip else PATIENCE_S)
    for _ in range(10 * PATIENCE_S):
        try:
            if drip:
                line.sendall(drip)
            part = line.recv(65_536)
        except TimeoutError:
            continue
        except OSError:
            return got
        if not part:
            return got
        got += part
    raise AssertionError("it was left open")


@pytest.mark.parametrize(
    ("sends", "drip", "answer"),
    [
        (b"", b"", b""),  # silent
        (HALF, b"", b""),
        (HALF, b"x", b""),
        (FORM % b"form", b"", b""),
        (FORM % b"form", b"x", b""),
        (FORM % b"refused", b"x", b"done"),  # what is sent after the answer goes on for ever
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + HALF, b"x", b"done"),  # the second one is half
    ],
)
def test_a_stranger_has_a_while_for_a_whole_request(sends, drip, answer, monkeypatch):
    monkeypatch.setattr(connections, "REQUEST_S", 1.0)
    with bounded_server() as port, line_to(port, sends) as line:
        assert answer in until_hung_up(line, drip)


def test_an_upload_of_somebody_known_takes_its_time(monkeypatch):
    monkeypatch.setattr(connections, "REQUEST_S", 0.5)
    with bounded_server() as port, line_to(port, FORM % b"known") as line:
        for _ in range(20):
            line.sendall(b"x" * 5000)
            time.sleep(0.1)
        assert line.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_an_upload_that_does_not_go_on_ends(drip, monkeypatch):
    monkeypatch.setattr(connections, "STALL_S", 1.0)
    with bounded_server() as port, line_to(port, FORM % b"known") as line:
        assert until_hung_up(line, drip) == b""


def test_an_answer_that_nobody_takes_ends(monkeypatch):
    monkeypatch.setattr(connections, "STALL_S", 1.0)
    ended = threading.Event()
    lost = connections.HTTP.connection_lost
    monkeypatch.setattr(
        connections.HTTP, "connection_lost", lambda *given: (lost(*given), ended.set())
    )
    asked = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"
    with bounded_server() as port, line_to(port, asked) as line:
        assert ended.wait(PATIENCE_S)
        assert len(until_hung_up(line)) < LARGE


def test_a_page_that_is_inside_is_not_cut(monkeypatch):
    monkeypatch.setattr(connections, "REQUEST_S", 0.5)
    with bounded_server(most=3) as port, connect(f"ws://127.0.0.1:{port}/known") as page:
        silent = [line_to(port) for _ in range(10)]
        for line in silent:
            until_hung_up(line)
        page.send(b"still here")
        assert page.recv(timeout=PATIENCE_S) == b"still here"


def test_the_oldest_stranger_makes_room(monkeypatch):
    with bounded_server(most=3) as port, ExitStack() as stack:
        lines = []
        for _ in range(5):
            lines.append(stack.enter_context(line_to(port)))
            kept = lines[-1]
            kept.sendall(HALF)
        for gone in lines[:2]:
            until_hung_up(gone)
        kept.sendall(b"\r\n\r\n")
        assert kept.recv(1000).startswith(b"HTTP/1.1 200")
        assert all(left_open(line) for line in lines[3:])


def test_who_is_inside_is_never_sent_away_for_a_stranger():
    left = []

    class Line:
        def __init__(self, number):
            self.number = number

        def fileno(self):
            return -1 if self.number in left else self.number

        def shutdown(self, _how):
            left.append(self.number)

    async def come_and_go():
        those = Connections(3)
        inside, other, stranger, late = (Line(n) for n in range(4))
        for one in (inside, other, stranger):
            those.came(one)
            those.came(one)  # told of twice: once as it is taken, once when TLS is done
        those.heard(inside)
        those.heard(other)
        those.answered(other)  # now the youngest of those who wait
        those.came(late)
        assert left == [2]
        for one in (other, late):
            those.heard(one)
        those.came(Line(4))
        assert left == [2, 4]  # all others are at work: the newcomer goes

    asyncio.run(come_and_go())


def test_of_a_stranger_no_message_is_read(monkeypatch):
    read = []
    receive = WebSocket.data_received
    monkeypatch.setattr(
        WebSocket, "data_received", lambda self, data: (read.append(len(data)), receive(self, data))
    )
    asked = (
        "GET /stranger HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with bounded_server(largest=10**9) as port, line_to(port, asked.encode()) as line:
        line.settimeout(1)
        with pytest.raises(TimeoutError):  # the system's own buffers are full
            line.sendall(b"\x82\xff" + struct.pack("!Q", 190_000_000) + b"x" * 190_000_000)
    assert len(read) == 1  # the handshake
    assert sum(read) < 1000


def test_a_message_that_is_too_large_is_refused_by_what_its_head_says(monkeypatch):
    with bounded_server(largest=1000) as port, connect(f"ws://127.0.0.1:{port}/known") as page:
        page.send(b"x" * 1000)
        assert page.recv(timeout=PATIENCE_S) == b"x" * 1000
        page.socket.sendall(b"\x82\xff" + struct.pack("!Q", 190_000_000) + b"mask")
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=PATIENCE_S)
        assert closed.value.rcvd.code == 1009


def test_each_websocket_has_the_size_that_it_needs():
    assert largest_message(STREAM) == PAGE_BYTES
    assert largest_message("/live/x") < PAGE_BYTES
    assert largest_message("/gate/watch") == largest_message("/anything") < 10_000


def test_more_silent_connections_than_handles_stop_nobody(home, tmp_path):
    store = record_access(home).store()
    log = tmp_path / "log"
    few = 'ulimit -n 120; exec "$@" 2>"$0"'
    with serving(wrap=lambda command: ["sh", "-c", few, str(log), *command]) as url:
        port = int(url.rpartition(":")[2])
        token = Sessions(store).begin(None, "test")
        cookie = {"cookie": f"posture={token}"}
        watch = url.replace("http", "ws") + "/gate/watch"
        with ExitStack() as stack, connect(watch, origin=url, additional_headers=cookie) as page:
            for _ in range(3):
                for n in range(50):
                    stack.enter_context(line_to(port, (b"", HALF, FORM % b"gate/unlock")[n % 3]))
                with Browser(url) as browser:
                    assert "The record is locked" in browser.get("/").text
                    assert browser.get("/gate/state").json() == {"inside": False}
                page.ping().wait(PATIENCE_S)
            for _ in range(200):
                with line_to(port, b"nonsense\r\n\r\n") as line:
                    assert b"400" in until_hung_up(line)
            with Browser(url) as browser:
                assert browser.unlock().status_code == 303
                assert browser.get("/_stcore/health").text == "ok"
    written = log.read_text()
    assert 0 < written.count("Invalid HTTP request") <= 5 * MOST  # in as many minutes
    assert len(written) < 10_000
