"""The addresses that the gate answers itself: ``/gate/``, and links to patients' pages."""

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartException
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from posture.errors import PostureError
from posture.gate import pages
from posture.gate.options import Options
from posture.gate.session_manager import Connection, ExpiryWarning, SessionManager
from posture.gate.unsent_fields import TYPED
from posture.practice import settings
from posture.records.keys import WrongSecretError
from posture.records.shared_pages import Ended, SharedPages
from posture.records.unlocking import LockState
from posture.words import Speech, asked_language, speaking, speech, t

STATIC = Path(__file__).parent / "static"
FORM_BYTES = 16_384
COOKIES = ("__Host-posture", "posture")
"""The cookie's name with TLS, where browsers protect this prefix, and without."""

SHARE = "/share/"
"""The start of links to a patient's page: they need no session, and open only that page."""

PAGE = re.compile(r"/[a-z_]{0,40}")
"""The address of one of the dashboard's pages."""

ENDED = 4401
"""The websocket close code that tells a page that its session has ended."""


class GateRoutes:
    """The gate's own addresses: unlocking, the first start, and what pages ask of the gate."""

    def __init__(self, manager: SessionManager, options: Options) -> None:
        self._manager = manager
        self._options = options

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return COOKIES[0] if self._options.secure else COOKIES[1]

    def routes(self) -> list[BaseRoute]:
        """Return the addresses that need no session."""
        return [
            Route("/gate/unlock", self._unlock, methods=["POST"], max_body_size=FORM_BYTES),
            Route("/gate/begin", self._begin, methods=["POST"], max_body_size=FORM_BYTES),
            Route("/gate/unlock", _to_first_page),
            Route("/gate/begin", _to_first_page),
            Route("/gate/lock", self._lock, methods=["POST"]),
            Route("/gate/state", self._state),
            Mount(
                "/gate/static",
                StaticFiles(directory=STATIC),
                middleware=[Middleware(ExceptionMiddleware)],  # 404 for what is not there
            ),
            Route(SHARE + "{token}", self._share, methods=["GET"]),
            WebSocketRoute("/gate/watch", self._watch),
        ]

    def locked_page(self, message: str = "", wanted: str = "/") -> str:
        """Return the page for a visitor without a session who ``wanted`` another page."""
        try:
            state = self._manager.access.state
        except PostureError as error:  # such as the remains of an interrupted restore
            return pages.message(t("The record cannot be opened"), t(error.message))
        if state in (LockState.NEW, LockState.PLAIN):
            if not self._options.local:
                return pages.message(
                    t("Not set up yet"),
                    t(
                        "Choose the passphrase on the computer that runs Plumbline: posture app "
                        "--ask."
                    ),
                )
            return pages.begin("/gate/begin", plain=state is LockState.PLAIN, message=message)
        return pages.unlock("/gate/unlock", message, wanted if PAGE.fullmatch(wanted) else "/")

    async def speech(self, asked: str) -> Speech:
        """Return the language and units for a visitor without a session.

        While the record is open, the practice's own choice; otherwise from ``asked``, the browser's
        Accept-Language.
        """
        with suppress(PostureError):
            if self._manager.access.state is LockState.OPEN:
                return await run_in_threadpool(self._practice_speech)
        return Speech(asked_language(asked))

    def _practice_speech(self) -> Speech:
        return settings.of(self._manager.store().settings.get).speech

    def admit(self, response: Response, token: str) -> Response:
        """Set the session's cookie."""
        response.set_cookie(
            self.cookie, token, path="/", httponly=True, samesite="strict",
            secure=self._options.secure,
        )  # fmt: skip
        return response

    async def _unlock(self, request: Request) -> Response:
        form = await _form(request)
        secret, wanted = form.get("passphrase", ""), form.get("wanted", "/")

        def open_up() -> str:
            self._manager.access.unlock(secret)
            return self._manager.begin(None, "passphrase")

        try:
            token = await run_in_threadpool(open_up)
        except WrongSecretError as error:
            wait = int(error.wait_s + 1) if error.wait_s > 0 else 0
            headers = {"retry-after": str(wait)} if wait else {}
            page = self.locked_page(t(error.message), wanted)
            return HTMLResponse(page, 429 if wait else 401, headers)
        except PostureError as error:  # not the secret's fault
            return HTMLResponse(self.locked_page(t(error.message), wanted), 503)
        back = wanted if PAGE.fullmatch(wanted) else "/"
        return self.admit(RedirectResponse(back, 303), token)

    async def _begin(self, request: Request) -> Response:
        if not self._options.local or self._manager.access.state not in (
            LockState.NEW,
            LockState.PLAIN,
        ):
            return HTMLResponse(self.locked_page(), 403)
        form = await _form(request)
        passphrase = form.get("passphrase", "")
        if passphrase != form.get("again"):
            return HTMLResponse(self.locked_page(t("The passphrases do not match.")), 401)

        def open_up() -> tuple[str, str]:
            key = self._manager.access.begin(passphrase)
            self._keep_language()
            return key, self._manager.begin(None, "first passphrase")

        try:
            key, token = await run_in_threadpool(open_up)
        except PostureError as error:
            return HTMLResponse(self.locked_page(t(error.message)), 401)
        return self.admit(HTMLResponse(pages.recovery(key)), token)

    def _keep_language(self) -> None:
        """Save the language of the first page in a new record."""
        with suppress(PostureError):  # the recovery key must be shown in any case
            store = self._manager.store()
            if not store.settings.get(settings.SETTING) and speech() != Speech():
                chosen = replace(settings.Practice(), speech=speech())
                store.settings.save(settings.SETTING, settings.to_json(chosen))

    async def _lock(self, request: Request) -> Response:
        live = await run_in_threadpool(self._manager.find, request.cookies.get(self.cookie))
        if live is not None:
            await run_in_threadpool(self._manager.end, live.id)
        response = RedirectResponse("/", 303)
        response.delete_cookie(self.cookie, path="/", secure=self._options.secure, httponly=True)
        return response

    async def _state(self, request: Request) -> Response:
        live = await run_in_threadpool(self._manager.find, request.cookies.get(self.cookie))
        return JSONResponse({"inside": live is not None})

    async def _share(self, request: Request) -> Response:
        """Show the page of a link, or say why not, in the language of the visitor's browser."""
        token: str = request.path_params["token"]
        with speaking(Speech(asked_language(request.headers.get("accept-language", "")))):
            try:
                found = await run_in_threadpool(
                    lambda: SharedPages(self._manager.store()).open(token)
                )
            except PostureError:  # locked, or broken until its owner fixes it
                message = t("The practice's record is closed at the moment. Try again later.")
                return HTMLResponse(pages.share_message(t("Closed"), message), 503)
            if isinstance(found, bytes):
                return Response(found, media_type="text/html; charset=utf-8")
            if found is Ended.EXPIRED:
                message = t("This link has expired. Ask the practice for a new one.")
                return HTMLResponse(pages.share_message(t("Expired"), message), 410)
            if found is Ended.WITHDRAWN:
                message = t(
                    "This link has been withdrawn. Ask the practice if you need another one."
                )
                return HTMLResponse(pages.share_message(t("Withdrawn"), message), 410)
            message = t("This page does not exist. Check that you copied the whole link.")
            return HTMLResponse(pages.share_message(t("Not found"), message), 404)

    async def _watch(self, websocket: WebSocket) -> None:
        """Receive a page's activity, and warn the page before its session ends.

        The gate closes this websocket when the session has ended.
        """
        connection: Connection = websocket.scope["posture.connection"]
        await websocket.accept()
        if connection.tab:
            await run_in_threadpool(self._manager.tab_opened, connection.tab)
        warnings: asyncio.Queue[ExpiryWarning | None] = asyncio.Queue()
        connection.warn = warnings.put_nowait

        async def tell() -> None:
            await websocket.send_json({"lost": await run_in_threadpool(self._lost_words)})
            while True:
                await websocket.send_json(self._words_of(await warnings.get()))

        telling = asyncio.create_task(tell())
        try:
            while (message := await websocket.receive())["type"] == "websocket.receive":
                said = message.get("text") or ""
                if said.startswith(TYPED):
                    if connection.tab:
                        self._manager.unsent_fields.put(connection.tab, said.removeprefix(TYPED))
                else:
                    await run_in_threadpool(self._manager.touch, connection.session_id)
        finally:
            connection.warn = None
            telling.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await telling

    def _lost_words(self) -> str:
        with speaking(settings.of(self._manager.store().settings.get).speech):
            return t(
                "The connection to Plumbline is lost; reconnecting. Keep this page open: your "
                "input is kept, the last few seconds of it only here. If this lasts, check the "
                "program and the network."
            )

    def _words_of(self, warning: ExpiryWarning | None) -> dict[str, str]:
        if warning is None:
            return {}
        with speaking(self._practice_speech()):
            if not warning.idle:
                return {
                    "words": t("Sessions end after 12 hours; this one ends in {n} s. Your input "
                               "is kept.", n=warning.left_s)
                }  # fmt: skip
            return {
                "words": t("Still there? Locking in {n} s. Your input is kept.",
                           n=warning.left_s),
                "stay": t("Keep working"),
            }  # fmt: skip


async def _to_first_page(_request: Request) -> Response:
    """Redirect a visitor who opens a form's address itself, for instance by reloading the page."""
    return RedirectResponse("/", 303)


async def _form(request: Request) -> dict[str, str]:
    """Return the text fields of a form; none if it cannot be read."""
    try:
        form = await request.form(max_files=0)
    except MultiPartException:
        return {}
    return {name: value for name, value in form.items() if isinstance(value, str)}
