"""The camera's channel: one websocket behind the gate; a frame in, an instruction out.

The browser sends one message at a time and waits for the answer, so that nothing piles up on a slow
machine. The first byte of a binary message says what it is: a live frame, which is not kept, or a
still, which goes to the visit. Large stills come in parts; all but the last have a mark of their
own. A text message names the button that was pressed.
"""

import asyncio
import io
import time
from contextlib import suppress
from typing import Any

import cv2
import numpy as np
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from posture.capture.capture_session import MOST_BYTES, CaptureSession, find_capture
from posture.capture.guide import Guide, GuideState, Phase
from posture.capture.instructions import current_instruction
from posture.capture.live_detector import shared_live_detector
from posture.gate.routes import COOKIES
from posture.gate.session_manager import SessionManager
from posture.landmarks import View
from posture.pose.detect import Detection
from posture.pose.facing import guess_view
from posture.records.sessions import ActiveSession
from posture.refine.face import shows_face
from posture.words import speaking

LIVE = "/live/"
PATH = LIVE + "{capture}"
FRAME, PART, STILL = b"f", b"p", b"s"
PART_BYTES = 100_000  # of a still: messages are small
FRAME_SIDE = 640  # long side of a live frame, in pixels
LARGEST_FRAME = 2_000_000  # bytes; a live frame has about 20 000
LARGEST_MESSAGE = LARGEST_FRAME + len(FRAME)
MOST_PIXELS = 2_000_000  # of a live frame, which is 640 pixels long
NO_CAPTURE = 4404
SHOOT, SKIP = "shoot", "skip"


def route(manager: SessionManager) -> WebSocketRoute:
    """Return the channel's route, to be put behind the gate."""

    async def channel(socket: WebSocket) -> None:
        live = await run_in_threadpool(_who, manager, socket)
        capture = find_capture(socket.path_params["capture"], live.id) if live else None
        await socket.accept()
        if live is None or capture is None:
            await socket.close(NO_CAPTURE)
            return
        with suppress(WebSocketDisconnect):
            await _serve(socket, capture, manager, live)

    return WebSocketRoute(PATH, channel)


def address(capture_id: str) -> str:
    """Return the path of an open capture's channel."""
    return LIVE + capture_id


def is_channel(path: str) -> bool:
    """Whether a path may be that of a camera's channel."""
    return path.startswith(LIVE)


def _who(manager: SessionManager, socket: WebSocket) -> ActiveSession | None:
    tokens = (socket.cookies.get(name) for name in COOKIES)
    return next((live for token in tokens if token and (live := manager.find(token))), None)


async def _serve(
    socket: WebSocket, capture: CaptureSession, manager: SessionManager, live: ActiveSession
) -> None:
    guide = Guide(capture.rounds, capture.between_rounds)
    parts = bytearray()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        data = message.get("bytes") or b""
        kind, body = data[:1], data[1:]
        if kind == FRAME and len(body) <= LARGEST_FRAME:
            seen, size = await run_in_threadpool(detect_person, body, guide.view)
            guide.see(seen, size, time.monotonic())
        elif kind == PART and len(parts) <= MOST_BYTES:  # beyond that, the whole still is dropped
            parts += body
        elif kind == STILL and guide.view is not None:
            await run_in_threadpool(capture.add, bytes(parts) + body, guide.view)
            parts.clear()
            # Nobody touches the computer meanwhile, but it is in use.
            await run_in_threadpool(manager.touch, live.id)
        elif message.get("text") == SHOOT:
            guide.shoot(time.monotonic())
        elif message.get("text") == SKIP and guide.view is not None:
            capture.passed_over.add(guide.view)
        guide.go_on(capture.rounds, time.monotonic())
        await socket.send_json(answer(guide.state, capture, time.monotonic()))
        await asyncio.sleep(0)


def detect_person(
    jpeg: bytes, view: View | None = None
) -> tuple[Detection | None, tuple[int, int]]:
    """Return the person in a live frame, and its size; None if it cannot be read or is empty.

    The model takes some backs for fronts. If the back is wanted (``view``) and no face is visible,
    it is the back.
    """
    frame = np.frombuffer(jpeg, np.uint8)
    read = cv2.imdecode(frame, cv2.IMREAD_COLOR_RGB) if _is_light(jpeg) else None
    if read is None:
        return None, (1, 1)
    pixels = np.asarray(read, dtype=np.uint8)
    seen = shared_live_detector().detect(pixels)
    front = seen is not None and guess_view(seen.pose) is View.ANTERIOR
    if seen and front and view is View.POSTERIOR and not shows_face(pixels, seen.pose):
        seen = seen.with_sides_exchanged()
    return seen, (pixels.shape[1], pixels.shape[0])


def _is_light(jpeg: bytes) -> bool:
    """Whether a frame is one that browsers take from a video; a few bytes can unpack to GBs."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as header:
            width, height = header.size
            return width * height <= MOST_PIXELS and "progressive" not in header.info
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False


def answer(state: GuideState, capture: CaptureSession, now: float) -> dict[str, Any]:
    """Return what the browser shows, says and does."""
    view = state.view
    with speaking(capture.how):
        words = current_instruction(state)
    return {
        "phase": state.phase,
        "view": view,
        "say": words,
        "count": state.count(now),
        "shoot": capture.wanted(view) if view and state.phase is Phase.SHOOT else 0,
        "taken": {v: capture.repeats - capture.missing(v) for v in capture.views},
    }
