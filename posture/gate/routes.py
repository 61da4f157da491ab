"""The few addresses that the gate answers itself, under ``/gate/``."""

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
"""The cookie's name under TLS, where browsers guard such a prefix, and without."""

SHARE = "/share/"
"""What links to a patient's page begin with: they need no session, and open that page only."""

PAGE = re.compile(r"/[a-z_]{0,40}")
"""The address of one of the dashboard's pages."""

ENDED = 4401
"""The code by which a page learns that its session has ended."""


class GateRoutes:
    """What stands outside: the unlock page, the first start, and what a page asks of the gate."""

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
        """Return what somebody without a session sees who ``wanted`` a page."""
        try:
            state = self._manager.access.state
        except PostureError as error:  # such as what an interrupted restoring left
            return pages.message(t("The record cannot be opened"), t(error.message))
        if state in (LockState.NEW, LockState.PLAIN):
            if not self._options.local:
                return pages.message(
                    t("Not set up yet"),
                    t("Choose the passphrase on the computer that serves this: posture app --ask."),
                )
            return pages.begin("/gate/begin", plain=state is LockState.PLAIN, message=message)
        return pages.unlock("/gate/unlock", message, wanted if PAGE.fullmatch(wanted) else "/")

    async def speech(self, asked: str) -> Speech:
        """Return how somebody without a session is spoken to.

        A practice's own choice is known while its record is open; before that, ``asked``, the
        browser's Accept-Language, tells.
        """
        with suppress(PostureError):
            if self._manager.access.state is LockState.OPEN:
                return await run_in_threadpool(self._practice_speech)
        return Speech(asked_language(asked))

    def _practice_speech(self) -> Speech:
        return settings.of(self._manager.store().settings.get).speech

    def admit(self, response: Response, token: str) -> Response:
        """Give the browser its session."""
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
            return HTMLResponse(self.locked_page(t("The two are not the same.")), 401)

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
        """Let a new record speak as its first page did."""
        with suppress(PostureError):  # nothing may keep the recovery key from being shown
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
        """Show the page of a link, or say why not, in the words of the reader's browser."""
        token: str = request.path_params["token"]
        with speaking(Speech(asked_language(request.headers.get("accept-language", "")))):
            try:
                found = await run_in_threadpool(
                    lambda: SharedPages(self._manager.store()).open(token)
                )
            except PostureError:  # closed for the night, or something to be mended by its owner
                message = t("The practice's record is closed at the moment. Try again later.")
                return HTMLResponse(pages.share_message(t("Closed"), message), 503)
            if isinstance(found, bytes):
                return Response(found, media_type="text/html; charset=utf-8")
            if found is Ended.EXPIRED:
                message = t("This link has expired. Ask the practice for a new one.")
                return HTMLResponse(pages.share_message(t("Expired"), message), 410)
            if found is Ended.WITHDRAWN:
                message = t("This link was withdrawn. Ask the practice if you need another.")
                return HTMLResponse(pages.share_message(t("Withdrawn"), message), 410)
            message = t("There is no such page. Check that the whole link was copied.")
            return HTMLResponse(pages.share_message(t("Not found"), message), 404)

    async def _watch(self, websocket: WebSocket) -> None:
        """Hear from a page that somebody is at work, and warn it before the session ends.

        The gate cuts it when it has ended.
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
                "The connection to Plumbline is lost and is being made again by itself. Leave this "
                "page open: what you wrote is kept, the last seconds of it only here. If it lasts, "
                "see whether the program and the network are running."
            )

    def _words_of(self, warning: ExpiryWarning | None) -> dict[str, str]:
        if warning is None:
            return {}
        with speaking(self._practice_speech()):
            if not warning.idle:
                return {
                    "words": t("A session ends after 12 hours: this one in {n} s. What you have "
                               "written is kept.", n=warning.left_s)
                }  # fmt: skip
            return {
                "words": t("Nobody at work? Locking in {n} s. What you have written is kept.",
                           n=warning.left_s),
                "stay": t("Stay"),
            }  # fmt: skip


async def _to_first_page(_request: Request) -> Response:
    """Lead on who asks for a form's address itself, for instance by loading the page anew."""
    return RedirectResponse("/", 303)


async def _form(request: Request) -> dict[str, str]:
    """Return the texts of a form; of what cannot be read as one, none."""
    try:
        form = await request.form(max_files=0)
    except MultiPartException:
        return {}
    return {name: value for name, value in form.items() if isinstance(value, str)}
