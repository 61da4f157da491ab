"""The camera's channel: who may use it, what it answers, what it keeps."""

import gc
import re
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from support.samples import SAMPLES

from posture.capture import capture_session, channel
from posture.capture.capture_session import MOST_BYTES, CaptureSession, find_capture
from posture.landmarks import View
from posture.pose.facing import guess_view
from posture.practice.sot import Stage
from posture.records.sessions import OWNER, ActiveSession
from posture.words import Speech, speech

MINE = ActiveSession("mine", OWNER)


@pytest.fixture
def manager():
    touched = []
    return SimpleNamespace(
        find=lambda token: MINE if token == "good" else None,
        touch=touched.append,
        touched=touched,
    )


@pytest.fixture
def client(manager):
    return TestClient(Starlette(routes=[channel.route(manager)]), cookies={"posture": "good"})


def opened(
    session="mine", views=(View.ANTERIOR, View.LEFT), repeats=2, *, again=False, **more
) -> CaptureSession:
    return CaptureSession(
        session, views, repeats, again, Stage.PRE, **{"deliver": lambda *_: None} | more
    )


def still(view: View) -> bytes:
    return (SAMPLES / f"m1_visit1_{view}.jpg").read_bytes()


def frame(view: View) -> bytes:
    picture = cv2.resize(cv2.imread(str(SAMPLES / f"m1_visit1_{view}.jpg")), (427, 640))
    return cv2.imencode(".jpg", picture)[1].tobytes()


def ask(socket, message: bytes | str) -> dict:
    if isinstance(message, str):
        socket.send_text(message)
    else:
        socket.send_bytes(message)
    return socket.receive_json()


def test_a_capture_from_frames_to_the_visits_stills(client, manager, monkeypatch):
    seconds = iter(range(100, 10_000, 2))
    monkeypatch.setattr(channel.time, "monotonic", lambda: float(next(seconds)))
    came = []
    mine = opened(deliver=lambda *still: came.append(still))
    with client.websocket_connect(f"/live/{mine.id}") as socket:
        phases = [ask(socket, b"f" + frame(View.ANTERIOR))["phase"] for _ in range(3)]
        assert phases == ["hold", "count", "shoot"]
        assert ask(socket, b"s" + still(View.ANTERIOR))["shoot"] == 1
        answer = ask(socket, b"s" + still(View.ANTERIOR))
        assert (answer["view"], answer["say"]) == ("left", "Turn your left side to the camera")
        assert answer["taken"] == {"anterior": 2, "left": 0}
        assert ask(socket, "shoot")["shoot"] == 2
        ask(socket, b"s" + still(View.LEFT))
        assert ask(socket, b"s" + still(View.LEFT))["phase"] == "done"
    views = [View.ANTERIOR] * 2 + [View.LEFT] * 2
    assert [(data, stage, view) for data, _, stage, view in came] == [
        (still(view), Stage.PRE, view) for view in views
    ]
    assert len({name for _, name, _, _ in came}) == 4
    assert manager.touched == ["mine"] * 4  # a hands-free capture is somebody at work


def test_a_lost_connection_goes_on_where_it_was_and_a_view_can_be_passed_over(client):
    mine = opened(repeats=1)
    with client.websocket_connect(f"/live/{mine.id}") as socket:
        assert ask(socket, "shoot")["shoot"] == 1
        assert ask(socket, b"s" + still(View.ANTERIOR))["view"] == "left"
    with client.websocket_connect(f"/live/{mine.id}") as socket:
        assert ask(socket, b"f")["view"] == "left"
        assert ask(socket, "skip")["phase"] == "done"
    assert mine.rounds == ()


def test_who_is_to_stand_again_steps_out_between_the_rounds(client, monkeypatch):
    seconds = iter(range(100, 10_000, 2))
    monkeypatch.setattr(channel.time, "monotonic", lambda: float(next(seconds)))
    mine = opened(again=True)
    with client.websocket_connect(f"/live/{mine.id}") as socket:
        for view in mine.views:
            assert ask(socket, "shoot")["shoot"] == 1
            answer = ask(socket, b"s" + still(view))
        assert (answer["phase"], answer["view"]) == ("out", "anterior")
        assert ask(socket, b"f" + frame(View.ANTERIOR))["phase"] == "out"  # still there
    with client.websocket_connect(f"/live/{mine.id}") as socket:  # after a loss
        assert ask(socket, b"f" + frame(View.ANTERIOR))["phase"] == "out"
        ask(socket, b"f")
        answer = ask(socket, b"f")
        assert (answer["phase"], answer["say"]) == ("guide", "Step into the frame")
        ask(socket, "shoot")
        answer = ask(socket, b"s" + still(View.ANTERIOR))
        assert answer["taken"] == {"anterior": 2, "left": 1}
        assert ask(socket, "skip")["phase"] == "done"
    assert mine.taken == [View.ANTERIOR, View.LEFT, View.ANTERIOR]


@pytest.mark.parametrize("whose", ["another session's", "nobody's"])
def test_a_capture_is_its_sessions_alone(client, whose):
    other = opened("other")
    name = other.id if whose == "another session's" else "0" * 32
    with (
        client.websocket_connect(f"/live/{name}") as socket,
        pytest.raises(WebSocketDisconnect) as closed,
    ):
        socket.receive_json()
    assert closed.value.code == channel.NO_CAPTURE
    assert find_capture(other.id, "mine") is None


def test_without_a_session_there_is_no_channel(manager):
    mine = opened()
    stranger = TestClient(Starlette(routes=[channel.route(manager)]))
    with (
        stranger.websocket_connect(f"/live/{mine.id}") as socket,
        pytest.raises(WebSocketDisconnect),
    ):
        socket.receive_json()


def test_the_instruction_is_in_the_pages_language(client, monkeypatch):
    monkeypatch.setattr(channel, "current_instruction", lambda _: speech().language)
    german, usual = opened(how=Speech("de")), opened()
    with client.websocket_connect(f"/live/{german.id}") as socket:
        assert ask(socket, b"f")["say"] == "de"
    with client.websocket_connect(f"/live/{usual.id}") as socket:
        assert ask(socket, b"f")["say"] == "en"


def test_what_nobody_can_send_is_left_out_and_a_capture_goes_with_its_page(client, monkeypatch):
    came = []
    mine = opened(deliver=lambda *still: came.append(still))
    monkeypatch.setattr(capture_session, "MOST_STILLS", 1)
    mine.add(b"x" * (MOST_BYTES + 1), View.LEFT)
    assert came == []
    mine.add(still(View.LEFT), View.LEFT)
    mine.add(still(View.LEFT), View.LEFT)
    [(_, name, _, _)] = came
    assert re.fullmatch(r"live_left_\d{6}_1.jpg", name)
    name = mine.id
    del mine
    gc.collect()
    assert find_capture(name, "mine") is None


def test_a_still_comes_in_parts_and_none_is_larger_than_a_still(client, monkeypatch):
    monkeypatch.setattr(channel, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(capture_session, "MOST_BYTES", 1_000_000)
    came = []
    mine = opened(deliver=lambda *still: came.append(still))
    whole = still(View.ANTERIOR)
    with client.websocket_connect(f"/live/{mine.id}") as socket:
        for at in range(0, len(whole), 20_000):
            last = at + 20_000 >= len(whole)
            answer = ask(socket, (b"s" if last else b"p") + whole[at : at + 20_000])
        assert answer["taken"] == {"anterior": 1, "left": 0}
        for _ in range(20):
            ask(socket, b"p" + b"x" * 100_000)
        assert ask(socket, b"s")["taken"] == {"anterior": 1, "left": 0}
        assert ask(socket, b"s" + whole)["taken"] == {"anterior": 2, "left": 0}
    assert [data for data, *_ in came] == [whole, whole]


def larger(jpeg: bytes) -> bytes:
    """Return a frame whose head says that it has 900 million pixels."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + (30_000).to_bytes(2, "big") * 2 + jpeg[at + 4 :]


def in_scans(jpeg: bytes) -> bytes:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()


@pytest.mark.parametrize(
    "made", [larger, in_scans, lambda jpeg: jpeg[:10], lambda jpeg: b"\x89PNG" + jpeg]
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_frame_that_would_cost_memory_or_time_is_not_decoded(made, monkeypatch):
    heavy = made(frame(View.ANTERIOR))
    monkeypatch.setattr(channel.cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    assert channel.detect_person(heavy) == (None, (1, 1))


def test_a_back_that_looks_like_a_front_is_the_back_that_was_asked_for():
    jpeg = (Path(__file__).parents[1] / "data" / "back.jpg").read_bytes()
    assert guess_view(channel.detect_person(jpeg)[0].pose) is View.ANTERIOR
    assert guess_view(channel.detect_person(jpeg, View.POSTERIOR)[0].pose) is View.POSTERIOR
    front = channel.detect_person(frame(View.ANTERIOR), View.POSTERIOR)[0]
    assert guess_view(front.pose) is View.ANTERIOR  # a face is seen
