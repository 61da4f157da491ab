"""Sessions for the gate and the pages, and closing their connections when they end.

The record stores the sessions. This only caches a session for a moment, and knows which connections
to close when a session ends, here or in another process.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from threading import Lock

from starlette.concurrency import run_in_threadpool

from posture.errors import PostureError
from posture.gate.unsent_fields import UnsentFields
from posture.records import RecordError, Store
from posture.records.sessions import ActiveSession, Sessions, TimeLeft
from posture.records.unlocking import LockedError, LockState, RecordAccess, record_access

WARN_S = 60.0
"""How long pages warn before their session ends; at most half of the idle time."""

REMEMBER_S = 1.0
CHECK_EVERY_S = 1.0
TABS_EVERY_S = 15.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExpiryWarning:
    """A session ends in ``left_s`` seconds; ``idle``: activity would keep it."""

    left_s: int
    idle: bool


class Connection:
    """A websocket of a session; ``ended`` is set when it must close.

    ``warn`` is called each second while the session is about to end, and with None once it no
    longer is. ``tab`` is the names of the actor and the browser tab, if a page opened it.
    """

    def __init__(self, session_id: str, tab: tuple[str, str] | None = None) -> None:
        self.session_id = session_id
        self.tab = tab
        self.warn: Callable[[ExpiryWarning | None], None] | None = None
        self.warned = False
        self.ended = asyncio.Event()
        self.loop = asyncio.get_running_loop()


class SessionManager:
    """Sessions of one data folder; thread-safe.

    Parameters
    ----------
    access : RecordAccess
        Access to the record.
    """

    def __init__(self, access: RecordAccess) -> None:
        self.access = access
        self.stays_open = False  # after the last session; a service does
        self._entered = False
        self._known: dict[str, tuple[float, ActiveSession]] = {}
        self._inside: set[Connection] = set()
        self._tabs_told = 0.0
        self._lock = Lock()
        self.unsent_fields = UnsentFields()

    def store(self) -> Store:
        """Return the open record."""
        return self.access.store()

    def sessions(self) -> Sessions:
        """Return the sessions of the open record."""
        return Sessions(self.access.store())

    def find(self, token: str | None) -> ActiveSession | None:
        """Return the session of a token; None if it is invalid or the record is locked."""
        if not token:
            return None
        with self._lock:
            moment, live = self._known.get(token, (0.0, None))
        if live is not None and time.monotonic() - moment < REMEMBER_S:
            return live
        try:
            live = self.sessions().find(token)
        except LockedError:
            live = None
        with self._lock:
            self._known.pop(token, None)
            if live is not None:
                if len(self._known) > 1000:
                    self._known.clear()
                self._known[token] = (time.monotonic(), live)
        return live

    def begin(self, user_id: str | None, how: str) -> str:
        """Start a session and return its token."""
        token = self.sessions().begin(user_id, how)
        self._entered = True
        return token

    def touch(self, session_id: str) -> None:
        """Note activity in a session; a busy record is no failure."""
        with suppress(PostureError):
            self.sessions().touch(session_id)

    def end(self, session_id: str) -> None:
        """End a session and close its connections; lock the record after the last session."""
        with suppress(LockedError):
            self.sessions().end(session_id)
        self._cut({session_id})
        self._shut_if_left()

    @contextmanager
    def inside(self, session_id: str, tab: tuple[str, str] | None = None) -> Iterator[Connection]:
        """Register a websocket to be closed when the session ends."""
        connection = Connection(session_id, tab)
        with self._lock:
            self._inside.add(connection)
        try:
            yield connection
        finally:
            with self._lock:
                self._inside.discard(connection)

    def tab_opened(self, tab: tuple[str, str]) -> None:
        """Note that a browser tab is open."""
        with suppress(PostureError):
            self.sessions().tabs_seen([tab])

    def tab_left(self, tab: tuple[str, str]) -> None:
        """Note that a browser tab is closed, unless it is already back: a reloaded page."""
        with self._lock:
            again = any(one.tab == tab for one in self._inside)
        if not again:
            with suppress(PostureError):
                self.sessions().tab_left(*tab)

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """Check repeatedly for sessions that ended: idle, or in another process."""
        task = asyncio.create_task(self._check_repeatedly())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _check_repeatedly(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            try:
                await run_in_threadpool(self._check_sessions)
            except Exception as error:  # the next check may succeed
                log.warning("Sessions could not be checked: %s", type(error).__name__)

    def _check_sessions(self) -> None:
        with self._lock:
            ids = {connection.session_id for connection in self._inside}
        if self.access.state is not LockState.OPEN:
            self._cut(ids)
            return
        with self._lock:
            self.unsent_fields.drop_left({one.tab for one in self._inside if one.tab})
        if ids:
            sessions = self.sessions()
            holding = sessions.holding(ids)
            self._cut(ids - holding.keys())
            self._warn(holding, min(WARN_S, sessions.idle_s() / 2))
            self._tell_tabs(sessions)
        self._shut_if_left()

    def _tell_tabs(self, sessions: Sessions) -> None:
        if time.monotonic() - self._tabs_told < TABS_EVERY_S:
            return
        self._tabs_told = time.monotonic()
        with self._lock:
            tabs = {one.tab for one in self._inside if one.tab}
        if tabs:
            with suppress(RecordError):  # a full disk must not prevent locking
                sessions.tabs_seen(tabs)

    def _warn(self, holding: Mapping[str, TimeLeft], before_s: float) -> None:
        with self._lock:
            watching = [one for one in self._inside if one.warn and one.session_id in holding]
        for one in watching:
            left = holding[one.session_id]
            left_s = min(left.idle_s, left.longest_s)
            near = left_s <= before_s
            if one.warn and (near or one.warned):
                warning = (
                    ExpiryWarning(ceil(left_s), idle=left_s < left.longest_s) if near else None
                )
                one.loop.call_soon_threadsafe(one.warn, warning)
            one.warned = near

    def _shut_if_left(self) -> None:
        if self.stays_open or not self._entered or self.access.state is not LockState.OPEN:
            return
        if not self.sessions().any_hold():
            self._entered = False
            self.access.lock()

    def _cut(self, ids: set[str]) -> None:
        with self._lock:
            self._known = {
                token: known for token, known in self._known.items() if known[1].id not in ids
            }
            gone = [connection for connection in self._inside if connection.session_id in ids]
            staying = {one.tab for one in self._inside if one.tab and one not in gone}
        self.unsent_fields.drop({one.tab for one in gone if one.tab} - staying)
        for connection in gone:
            connection.loop.call_soon_threadsafe(connection.ended.set)


@cache
def session_manager_of(home: Path) -> SessionManager:
    """Return this process's manager of a data folder."""
    return SessionManager(record_access(home))
