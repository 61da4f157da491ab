"""The gate itself: an ASGI middleware that lets nothing pass without a valid session."""

import asyncio
import re
from collections.abc import Collection
from math import ceil
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from posture.gate import pages
from posture.gate.headers import gate_policy, page_policy, protect, share_policy
from posture.gate.options import Options
from posture.gate.rate_limit import RateLimit, address_of
from posture.gate.routes import ENDED, SHARE, GateRoutes
from posture.gate.session_manager import Connection, SessionManager
from posture.records.sessions import ActiveSession
from posture.words import Speech, asked_language, speaking, t

WATCH = "/gate/watch"
SCRIPTS = b"".join(
    b'<script src="/gate/static/%s" type="module"></script>' % name
    for name in (b"tab.js", b"mend.js")
)
TAB_HEADER = "x-posture-tab"
"""The header that names the browser tab of a page, by a random name."""

ON_SESSION_FOUND = "posture.on_session_found"
"""The scope's key for the function that the gate calls when it has found the session."""

TAB = re.compile(r"[0-9a-f]{32}")
SAFE = ("GET", "HEAD", "OPTIONS")

RATE_LIMITED = (SHARE, "/gate/signin", "/gate/callback", "/gate/begin")
"""Paths that cost the record or the sign-in provider work, and so are limited per address."""


class Gate:
    """Answers requests without a session itself, and passes the others on.

    Parameters
    ----------
    app : ASGI application
        The application behind the gate.
    manager : SessionManager
        The sessions.
    gate_routes : GateRoutes
        The gate's own addresses.
    open_paths : collection of str
        Paths that need no session, such as the health of the process; never patient data.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        manager: SessionManager,
        options: Options,
        gate_routes: GateRoutes,
        open_paths: Collection[str] = (),
    ) -> None:
        self._app = app
        self._manager = manager
        self._options = options
        self._gate_routes = gate_routes
        self._outside = Router(gate_routes.routes(), redirect_slashes=False, default=_not_found)
        self._open_paths = frozenset(open_paths)
        self._rate = RateLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        ours = path.startswith(("/gate/", SHARE))
        answer = _ProtectedResponse(send, path, secure=self._options.secure, ours=ours)
        asked_by_monitoring = path in self._open_paths and scope["method"] in SAFE
        if asked_by_monitoring and not self._options.local:  # under any host name
            await self._app(scope, receive, answer.send)
        elif (refusal := self._refused(scope)) is not None:
            await refusal(scope, receive, answer.send)
        elif path.startswith(RATE_LIMITED) and not self._rate.allows(self._address(scope)):
            with speaking(Speech(asked_language(_asked(scope)))):
                await _too_often()(scope, receive, answer.send)
        elif ours:
            with speaking(await self._speech(scope)):
                await self._outside(_without_app(scope), receive, answer.send)
        elif asked_by_monitoring:
            await self._app(scope, receive, answer.send)
        elif (live := await self._live(scope)) is not None:
            if scope["method"] == "PUT":  # an upload counts as activity
                await run_in_threadpool(self._manager.touch, live.id)
            await self._app(_uncompressed(scope), receive, answer.send)
        elif self._opens_itself(scope):
            token = await run_in_threadpool(self._manager.begin, None, "sample patients")
            answer.token = (self._gate_routes, token)
            await self._app(_uncompressed(scope), receive, answer.send)
        else:
            answer.ours = True
            with speaking(await self._speech(scope)):
                shut = self._shut(scope)
            await shut(scope, receive, answer.send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refused(scope)
        live = await self._live(scope) if refusal is None else None
        if live is None:
            await _refuse_websocket(scope, receive, send, refusal or PlainTextResponse("", 401))
            return
        watches = scope["path"] == WATCH
        name = _tab(scope)
        tab = (live.actor.name, name) if watches and name else None
        try:
            with self._manager.inside(live.id, tab) as connection:
                websocket = _SessionWebSocket(connection, receive, send)
                try:
                    if watches:
                        inner = {**_without_app(scope), "posture.connection": connection}
                        await self._outside(inner, websocket.receive, websocket.send)
                    else:
                        await self._app(_with_tab(scope), websocket.receive, websocket.send)
                finally:
                    websocket.done()
        finally:
            if tab:
                await run_in_threadpool(self._manager.tab_left, tab)

    async def _live(self, scope: Scope) -> ActiveSession | None:
        token = HTTPConnection(scope).cookies.get(self._gate_routes.cookie)
        live = await run_in_threadpool(self._manager.find, token)
        if live is not None and ON_SESSION_FOUND in scope:
            scope[ON_SESSION_FOUND]()
        return live

    async def _speech(self, scope: Scope) -> Speech:
        return await self._gate_routes.speech(_asked(scope))

    def _opens_itself(self, scope: Scope) -> bool:
        """Whether this page of the sample patients starts a session, which is a permanent row."""
        begins = self._options.opens_itself and scope["method"] == "GET" and _wants_page(scope)
        return begins and self._rate.allows(self._address(scope))

    def _address(self, scope: Scope) -> str:
        return address_of(scope, behind_proxy=self._options.behind_proxy)

    def _refused(self, scope: Scope) -> Response | None:
        """Return the refusal of a request that another site's page made the browser send."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not scope["path"].startswith("/"):  # of another server, or "*"
            return PlainTextResponse("No such address.", 400)
        if _name(host) not in self._options.hosts:
            return PlainTextResponse(
                "Plumbline does not answer to this host name. Start it with --name.", 400
            )
        changing = scope["type"] == "websocket" or scope["method"] not in SAFE
        ours = f"{'https' if self._options.secure else 'http'}://{host}"
        if changing and headers.get("origin", "") != ours:
            return PlainTextResponse("Request from another site refused.", 403)
        return None

    def _shut(self, scope: Scope) -> Response:
        if _wants_page(scope):
            return HTMLResponse(self._gate_routes.locked_page(wanted=scope["path"]), 401)
        return PlainTextResponse("Locked.", 401)


class _ProtectedResponse:
    """Passes a response on with the security headers, and a page with the gate's own scripts."""

    def __init__(self, send: Send, path: str, *, secure: bool, ours: bool) -> None:
        self._send = send
        self._path = path
        self._secure = secure
        self.ours = ours
        self.token: tuple[GateRoutes, str] | None = None
        self._held: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            page = not self.ours and headers.get("content-type", "").startswith("text/html")
            if page and message["status"] == 200:
                self._held = message
                return
            await self._begin(message, headers)
        elif self._held is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._whole_page(self._held)
        else:
            await self._send(message)

    async def _begin(self, message: Message, headers: MutableHeaders, page: bytes = b"") -> None:
        policy = gate_policy() if self.ours else page_policy(page)
        if self._path.startswith(SHARE):
            policy = share_policy()
        protect(headers, self._path, secure=self._secure, policy=policy)
        if self.token is not None:
            gate_routes, token = self.token
            response = gate_routes.admit(Response(), token)
            headers.append("set-cookie", response.headers["set-cookie"])
        await self._send({**message, "headers": headers.raw})

    async def _whole_page(self, start: Message) -> None:
        # Before all other scripts: tab.js gives the page's websocket the name of the tab.
        body = self._body.replace(b"<head>", b"<head>" + SCRIPTS, 1)
        headers = MutableHeaders(raw=start["headers"])
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified", "accept-ranges"):
            if name in headers:
                del headers[name]
        await self._begin(start, headers, body)
        await self._send({"type": "http.response.body", "body": body})


class _SessionWebSocket:
    """A websocket that is closed, on both sides, when its session ends."""

    def __init__(self, connection: Connection, receive: Receive, send: Send) -> None:
        self._connection = connection
        self._receive = receive
        self._send = send
        self._ended = asyncio.create_task(connection.ended.wait())
        self._next: asyncio.Task[Message] | None = None

    async def receive(self) -> Message:
        self._next = self._next or asyncio.create_task(self._receive())  # type: ignore[arg-type]
        await asyncio.wait({self._next, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        if self._connection.ended.is_set():
            self._next.cancel()
            await self._send({"type": "websocket.close", "code": ENDED})
            return {"type": "websocket.disconnect", "code": ENDED}
        message, self._next = self._next.result(), None
        return message

    async def send(self, message: Message) -> None:
        if not self._connection.ended.is_set():
            await self._send(message)

    def done(self) -> None:
        """Cancel what is still waiting."""
        self._ended.cancel()
        if self._next is not None:
            self._next.cancel()


def _too_often() -> Response:
    message = t("Too many requests. Try again in a minute.")
    page = pages.share_message(t("Too many requests"), message)
    return HTMLResponse(page, 429, {"retry-after": str(ceil(RateLimit.window_s))})


def _asked(scope: Scope) -> str:
    return Headers(scope=scope).get("accept-language", "")


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("There is nothing here.", 404)(scope, receive, send)


def _without_app(scope: Scope) -> Scope:
    """Return the request for our own router, which answers errors itself."""
    return {name: value for name, value in scope.items() if name != "app"}


def _with_tab(scope: Scope) -> Scope:
    """Return a page's websocket with the tab's name as a header; browsers send it in the query."""
    tab = _tab(scope)
    kept = [(name, value) for name, value in scope["headers"] if name != TAB_HEADER.encode()]
    if tab:
        kept.append((TAB_HEADER.encode(), tab.encode()))
    return {**scope, "headers": kept}


def _tab(scope: Scope) -> str:
    tab = parse_qs(scope["query_string"].decode("latin-1")).get("tab", [""])[0]
    return tab if TAB.fullmatch(tab) else ""


async def _refuse_websocket(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    """Answer the handshake with the status if the server can; otherwise close."""
    if "websocket.http.response" in scope.get("extensions", {}):
        await answer(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _wants_page(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")


def _uncompressed(scope: Scope) -> Scope:
    """Return the request of a page so that the response is complete and uncompressed."""
    if not _wants_page(scope):
        return scope
    unwanted = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    kept = [(name, value) for name, value in scope["headers"] if name not in unwanted]
    return {**scope, "headers": kept}
