"""Limits on the number of connections, and on how long a process waits for each.

A connection costs a file handle before anything is known about the client. Until a complete request
has arrived, or the gate has found its session, the client is a stranger: it has limited time, and
the oldest stranger is disconnected when there is no room. So nobody can use up the handles by being
slow or silent.
"""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import h11
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from posture.gate.middleware import ON_SESSION_FOUND

MOST = 512
RESERVED = 72  # handles for the record, photos, models and libraries
FEWEST = 16
BURST = 8  # accepted at once, before any of them can be closed
QUEUE = 128  # not accepted yet: these wait in the system, without a handle

REQUEST_S = 20.0
"""Time for a complete request, from the start of the connection or the previous response."""

STALL_S = 60.0
"""An upload must make progress within this time, and a response must be read."""
LEAST_UPLOADED = 16_384  # bytes in that time


class Handle(Protocol):
    """The part of a socket that is needed here."""

    def fileno(self) -> int: ...  # noqa: D102
    def shutdown(self, how: int) -> None: ...  # noqa: D102


@dataclass(eq=False)
class _Open:
    socket: Handle
    deadline: asyncio.TimerHandle | None = None  # only strangers have one
    leaving: bool = False

    def hang_up(self) -> None:
        self.leaving = True
        self.settle()
        with suppress(OSError):  # it is gone already
            self.socket.shutdown(socket.SHUT_RDWR)

    def settle(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None


class Connections:
    """The open connections of a process; use it from its event loop only.

    Parameters
    ----------
    most : int
        The largest number held at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[int, _Open] = {}  # by handle; strangers in the order of their deadlines

    def came(self, handle: Handle) -> None:
        """Count a connection, once, as a stranger's; close one if there are too many."""
        self._open = {n: one for n, one in self._open.items() if one.socket.fileno() == n}
        number = handle.fileno()
        if number in self._open or number < 0:
            return
        staying = [one for one in self._open.values() if not one.leaving]
        self._open[number] = new = _Open(handle)
        self._give_time(new)
        if len(staying) >= self._most:
            next((one for one in staying if one.deadline), new).hang_up()

    def heard(self, handle: Handle) -> None:
        """Note that a complete request has arrived, or that its session is known."""
        if one := self._open.get(handle.fileno()):
            one.settle()

    def answered(self, handle: Handle) -> None:
        """Note that a request was answered: the connection is a stranger's again."""
        if one := self._open.pop(handle.fileno(), None):
            self._open[handle.fileno()] = one
            one.settle()
            self._give_time(one)

    def _give_time(self, one: _Open) -> None:
        if not one.leaving:
            one.deadline = asyncio.get_running_loop().call_later(REQUEST_S, one.hang_up)


class Listener(socket.socket):
    """A listening socket that reports each connection as it is made, even before TLS."""

    connections: Connections

    @classmethod
    def of(cls, bound: socket.socket, connections: Connections) -> "Listener":
        """Return a listener that replaces a bound socket, which is no longer usable."""
        made = cls(bound.family, bound.type, bound.proto, fileno=bound.detach())
        made.connections = connections
        return made

    def listen(self, backlog: int = QUEUE, /) -> None:  # noqa: D102
        super().listen(max(backlog, QUEUE))  # asyncio passes how many to accept at once

    def accept(self) -> tuple[socket.socket, Any]:  # noqa: D102
        connection, address = super().accept()
        self.connections.came(connection)
        return connection, address


class HTTP(H11Protocol):
    """An HTTP connection that keeps to the limits."""

    def __init__(self, connections: Connections, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._connections = connections
        self._brought = 0
        self._progress: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None
        self.app = _with_callback(self.app, self._known)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # noqa: D102
        super().connection_made(transport)
        self._handle: Handle = transport.get_extra_info("socket")
        self._connections.came(self._handle)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102
        super().connection_lost(exc)
        for timer in (self._progress, self._untaken):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:  # noqa: D102
        self._brought += len(data)
        super().data_received(data)

    def handle_events(self) -> None:  # noqa: D102
        super().handle_events()
        if self.conn.their_state in (h11.DONE, h11.MUST_CLOSE):
            self._connections.heard(self._handle)

    def on_response_complete(self) -> None:  # noqa: D102
        # The rest of a refused upload must also arrive within this time.
        self._connections.answered(self._handle)
        super().on_response_complete()

    def pause_writing(self) -> None:  # noqa: D102
        super().pause_writing()
        self._untaken = self.loop.call_later(STALL_S, self.transport.abort)

    def resume_writing(self) -> None:  # noqa: D102
        super().resume_writing()
        if self._untaken is not None:
            self._untaken.cancel()

    def _known(self) -> None:
        """Give a client with a session any amount of time, as long as its upload makes progress."""
        self._connections.heard(self._handle)
        self._expect_progress()

    def _expect_progress(self) -> None:
        if self._progress is not None:
            self._progress.cancel()
        self._brought = 0
        self._progress = self.loop.call_later(STALL_S, self._check_progress)

    def _check_progress(self) -> None:
        if self.conn.their_state is not h11.SEND_BODY or self.cycle.response_complete:
            return
        if self._brought < LEAST_UPLOADED and not self.flow.read_paused:
            self.transport.abort()
        else:
            self._expect_progress()


class WebSocket(WebSocketsSansIOProtocol):
    """A websocket that is not read before the gate admits it, and that takes no oversized message.

    Parameters
    ----------
    largest : callable
        Gives the largest allowed message on a path, in bytes.
    """

    def __init__(
        self, connections: Connections, largest: Callable[[str], int], *given: Any, **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self._connections = connections
        self._largest = largest
        self.app = _with_callback(self.app, self._known)

    def handle_connect(self, event: Any) -> None:  # noqa: D102
        self.conn.max_message_size = self._largest(event.path.partition("?")[0])
        super().handle_connect(event)
        # Reading resumes when the application asks for a message; the gate does so for no stranger.
        self.read_paused = True
        self.transport.pause_reading()

    def _known(self) -> None:
        self._connections.heard(self.transport.get_extra_info("socket"))


def bounded(
    config: uvicorn.Config, sockets: Iterable[socket.socket], largest: Callable[[str], int]
) -> list[Listener]:
    """Make a server keep to the limits, after its configuration and before its start.

    Parameters
    ----------
    sockets : iterable of socket
        Bound sockets on which the server will accept connections.
    largest : callable
        Gives the largest allowed websocket message on a path, in bytes.

    Returns
    -------
    list of Listener
        To pass to the server instead of the sockets.
    """
    connections = Connections(most_connections())
    config.http_protocol_class = partial(HTTP, connections)  # type: ignore[assignment]
    config.ws_protocol_class = partial(WebSocket, connections, largest)  # type: ignore[assignment]
    config.backlog = BURST
    return [Listener.of(one, connections) for one in sockets]


def most_connections() -> int:
    """Return the number of connections that leave enough handles for the process's work."""
    if sys.platform == "win32":
        return MOST
    import resource

    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if handles == resource.RLIM_INFINITY:
        return MOST
    return max(FEWEST, min(MOST, handles - RESERVED))


def _with_callback(app: Any, known: Callable[[], None]) -> Any:
    """Return an application whose scopes carry a callback for when a session is found."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, ON_SESSION_FOUND: known}, receive, send)

    return told
