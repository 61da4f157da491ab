"""Monitoring of a process: whether it is alive and ready, and its metrics.

Nothing about patients is disclosed: no path, id, name or number of patients.
"""

import hmac
import logging
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from posture.errors import PostureError
from posture.records import Store

PATHS = ("/healthz", "/readyz", "/metrics")
KINDS = ("gate", "media", "static", "_stcore", "component", *(path[1:] for path in PATHS))
"""First parts of paths that are counted separately; all others count as pages."""
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
"""Methods that are counted separately: a client can invent others, each a new counter."""
ANSWER_LIFE_S = 2.0
log = logging.getLogger("posture.requests")


def routes(store: Callable[[], Store], *, local: bool) -> list[Route]:
    """Return the health routes.

    Parameters
    ----------
    store : callable
        Gives the open record, or raises :class:`PostureError`.
    local : bool
        Whether only this computer can reach the process: then metrics need no token.
    """
    known: tuple[float, bool] = (-ANSWER_LIFE_S, False)

    async def alive(_request: Request) -> Response:
        return PlainTextResponse("alive")

    async def ready(_request: Request) -> Response:
        nonlocal known
        moment, works = known
        if time.monotonic() - moment >= ANSWER_LIFE_S:  # anybody may ask, so the answer is reused
            works = await run_in_threadpool(_works, store)
            known = (time.monotonic(), works)
        return JSONResponse({"ready": works}, 200 if works else 503)

    async def metrics(request: Request) -> Response:
        token = os.environ.get("POSTURE_METRICS_TOKEN", "")
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        allowed = hmac.compare_digest(given.encode(), token.encode()) if token else local
        if not allowed:
            return PlainTextResponse("Metrics need the token POSTURE_METRICS_TOKEN.", 401)
        if find_spec("prometheus_client") is None:
            return PlainTextResponse("Metrics need plumbline-posture[clinic].", 501)
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return [
        Route(path, answer) for path, answer in zip(PATHS, (alive, ready, metrics), strict=True)
    ]


def _works(store: Callable[[], Store]) -> bool:
    try:
        store().check_reachable()
    except PostureError:
        return False
    return True


class RequestMetrics:
    """The outermost layer: counts, times and logs every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._meters = _meters()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        status = 500 if scope["type"] == "http" else 101

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        first = scope["path"].removeprefix("/").split("/", 1)[0]
        kind = first if first in KINDS else "page"
        method = "websocket"
        if scope["type"] == "http":
            method = scope["method"] if scope["method"] in METHODS else "other"
        began = time.perf_counter()
        if method == "websocket":
            self._count("open", +1)
        try:
            await self._app(scope, receive, watched)
        finally:
            took = time.perf_counter() - began
            if method == "websocket":
                self._count("open", -1)
            elif self._meters:
                self._meters["seconds"].labels(kind).observe(took)
            if self._meters:
                self._meters["requests"].labels(method, kind, str(status)).inc()
            told = {"method": method, "kind": kind, "status": status, "ms": round(took * 1e3, 1)}
            log.info("request", extra={"told": told})

    def _count(self, meter: str, amount: int) -> None:
        if self._meters:
            self._meters[meter].inc(amount)


def _meters() -> dict[str, Any]:
    """Return the process's one set of meters; it is empty without the clinic extra."""
    if not _METERS and find_spec("prometheus_client") is not None:
        from prometheus_client import Counter, Gauge, Histogram

        _METERS["requests"] = Counter(
            "plumbline_requests",
            "Requests by method, kind and status",
            ["method", "kind", "status"],
        )
        _METERS["seconds"] = Histogram(
            "plumbline_request_seconds", "Time to answer, by kind", ["kind"]
        )
        _METERS["open"] = Gauge("plumbline_open_pages", "Open pages (websockets)")
    return _METERS


_METERS: dict[str, Any] = {}
