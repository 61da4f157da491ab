"""The few addresses that the gate answers itself, under ``/gate/``."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from posture.errors import PostureError
from posture.gate import pages
from posture.gate.keeper import Connection, Keeper
from posture.gate.options import Options
from posture.records.door import State
from posture.records.keys import WrongSecretError

STATIC = Path(__file__).parent / "static"
FORM_BYTES = 16_384
COOKIES = ("__Host-posture", "posture")
"""The cookie's name under TLS, where browsers guard such a prefix, and without."""

ENDED = 4401
"""The code by which a page learns that its session has ended."""


class Entrance:
    """What stands outside: the unlock page, the first start, and what a page asks of the gate."""

    def __init__(self, keeper: Keeper, options: Options) -> None:
        self._keeper = keeper
        self._options = options

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return COOKIES[0] if self._options.secure else COOKIES[1]

    def routes(self) -> list[BaseRoute]:
        """Return the addresses that need no session."""
        return [
            Route("/gate/unlock", self._unlock, methods=["POST"]),
            Route("/gate/begin", self._begin, methods=["POST"]),
            Route("/gate/unlock", _to_the_door),
            Route("/gate/begin", _to_the_door),
            Route("/gate/lock", self._lock, methods=["POST"]),
            Route("/gate/state", self._state),
            Route("/gate/style.css", _file("style.css")),
            Route("/gate/tab.js", _file("tab.js")),
            WebSocketRoute("/gate/watch", self._watch),
        ]

    def shut_page(self, message: str = "") -> str:
        """Return what somebody without a session sees."""
        state = self._keeper.door.state
        if state in (State.NEW, State.PLAIN):
            if not self._options.local:
                return pages.told(
                    "Not set up yet",
                    "Choose the passphrase on the computer that serves this: posture app --ask.",
                )
            return pages.begin("/gate/begin", plain=state is State.PLAIN, message=message)
        return pages.unlock("/gate/unlock", message)

    def admit(self, response: Response, token: str) -> Response:
        """Give the browser its session."""
        response.set_cookie(
            self.cookie, token, path="/", httponly=True, samesite="strict",
            secure=self._options.secure,
        )  # fmt: skip
        return response

    async def _unlock(self, request: Request) -> Response:
        secret = (await _form(request)).get("passphrase", "")

        def open_up() -> str:
            self._keeper.door.unlock(secret)
            return self._keeper.begin(None, "passphrase")

        try:
            token = await run_in_threadpool(open_up)
        except WrongSecretError as error:
            wait = int(error.wait_s + 1) if error.wait_s > 0 else 0
            headers = {"retry-after": str(wait)} if wait else {}
            page = self.shut_page(str(error))
            return HTMLResponse(page, 429 if wait else 401, headers)
        except PostureError as error:
            return HTMLResponse(self.shut_page(str(error)), 401)
        return self.admit(RedirectResponse("/", 303), token)

    async def _begin(self, request: Request) -> Response:
        if not self._options.local or self._keeper.door.state not in (State.NEW, State.PLAIN):
            return HTMLResponse(self.shut_page(), 403)
        form = await _form(request)
        passphrase = form.get("passphrase", "")
        if passphrase != form.get("again"):
            return HTMLResponse(self.shut_page("The two are not the same."), 401)

        def open_up() -> tuple[str, str]:
            key = self._keeper.door.begin(passphrase)
            return key, self._keeper.begin(None, "first passphrase")

        try:
            key, token = await run_in_threadpool(open_up)
        except PostureError as error:
            return HTMLResponse(self.shut_page(str(error)), 401)
        return self.admit(HTMLResponse(pages.recovery(key)), token)

    async def _lock(self, request: Request) -> Response:
        live = await run_in_threadpool(self._keeper.who, request.cookies.get(self.cookie))
        if live is not None:
            await run_in_threadpool(self._keeper.end, live.id)
        response = RedirectResponse("/", 303)
        response.delete_cookie(self.cookie, path="/", secure=self._options.secure, httponly=True)
        return response

    async def _state(self, request: Request) -> Response:
        live = await run_in_threadpool(self._keeper.who, request.cookies.get(self.cookie))
        return JSONResponse({"inside": live is not None})

    async def _watch(self, websocket: WebSocket) -> None:
        """Hear from a page that somebody is at work; the gate cuts it when the session ends."""
        connection: Connection = websocket.scope["posture.connection"]
        await websocket.accept()
        while True:
            message = await websocket.receive()
            if message["type"] != "websocket.receive":
                return
            await run_in_threadpool(self._keeper.touch, connection.session_id)


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return FileResponse(STATIC / name)

    return answer


async def _to_the_door(_request: Request) -> Response:
    """Lead on who asks for a form's address itself, for instance by loading the page anew."""
    return RedirectResponse("/", 303)


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a small form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
