"""The guided capture on a page."""

from typing import Any

import streamlit as st

from posture.capture import channel
from posture.capture.capture_session import CaptureSession
from posture.landmarks import View
from posture.practice.protocols import Protocol
from posture.practice.sot import Stage
from posture.present import phrases
from posture.ui import session
from posture.ui.components.scripts import asset, script
from posture.ui.draft import Draft
from posture.ui.words import speech, t

_live = st.components.v2.component(
    "posture_live",
    html=asset("live/live.html"),
    css=asset("live/live.css"),
    js=script("live/main.js"),
)


def capture(draft: Draft, protocol: Protocol, stage: Stage, *, disabled: bool) -> None:
    """Offer to take the protocol's views with the camera; the stills go to the draft."""
    has = {photo.view for photo in draft.photos if photo.stage is stage}
    default = [view for view in protocol.views if view not in has]
    # Another key for each state of the draft: views that were just taken are not preselected.
    chosen = st.pills(
        t("Views to take"),
        protocol.views,
        selection_mode="multi",
        default=default,
        format_func=lambda view: t(view).capitalize(),
        key=f"views.{draft.opened}.{stage}.{protocol.key}.{draft.round}.{len(default)}",
        disabled=disabled,
    )
    views = tuple(view for view in protocol.views if view in chosen)
    wanted = _capture_session(draft, protocol, stage, views)
    result: Any = _live(
        key=f"live.{draft.opened}",
        data={
            "capture": wanted.id,
            "path": channel.address(wanted.id),
            "marks": {
                "frame": channel.FRAME.decode(),
                "part": channel.PART.decode(),
                "still": channel.STILL.decode(),
            },
            "part_bytes": channel.PART_BYTES,
            "frame_side": channel.FRAME_SIDE,
            "no_capture": channel.NO_CAPTURE,
            "views": [{"key": view, "label": t(view).capitalize()} for view in wanted.views],
            "repeats": wanted.repeats,
            "disabled": disabled or not wanted.views,
            "language": speech().language,
            "words": _words(),
        },
        on_done_change=lambda: None,
    )
    st.caption(session.plain(phrases.conditions(protocol)))
    if result.done:
        draft.capture = None
        draft.round += 1
        st.rerun()


def _capture_session(
    draft: Draft, protocol: Protocol, stage: Stage, views: tuple[View, ...]
) -> CaptureSession:
    """Return the draft's capture session; a new one if it was for something else and is empty."""
    wanted = (views, protocol.repeats, protocol.stand_again, stage, draft.take_in, speech())
    open_one = draft.capture
    if open_one is not None:
        has = (
            open_one.views, open_one.repeats, open_one.stand_again, open_one.stage,
            open_one.deliver, open_one.how,
        )  # fmt: skip
        if open_one.taken or has == wanted:
            return open_one
    draft.capture = CaptureSession(session.current().id, *wanted)
    return draft.capture


def _words() -> dict[str, Any]:
    return {
        "title": t("Guided capture"),
        "begin": t("Start guided capture"),
        "how": t(
            "The screen tells the patient where to stand, counts down and takes the photos "
            "automatically, view by view."
        ),
        "again": t("Try again"),
        "shoot": t("Take it now"),
        "skip": t("Skip this view"),
        "close": t("Finish"),
        "camera": t("Camera"),
        "cue": t("Sound"),
        "voice": t("Voice"),
        "beep": t("Beeps"),
        "off": t("Off"),
        "troubles": {
            "refused": [
                t("Camera access was refused"),
                t(
                    "Click the camera icon beside the address, allow the camera for this page, "
                    "then try again. On a phone: Settings, this browser, Camera. You can upload "
                    "photos instead."
                ),
            ],
            "absent": [
                t("No camera found"),
                t("Connect a camera, then try again; or take photos with a phone and upload them."),
            ],
            "busy": [
                t("The camera is in use"),
                t(
                    "Another program or browser tab is using it, such as a video call. Close "
                    "that, then try again."
                ),
            ],
            "gone": [
                t("The camera stopped"),
                t("It was unplugged or switched off. Check its cable, then try again."),
            ],
            "insecure": [
                t("This address cannot use a camera"),
                t(
                    "Browsers allow the camera only over HTTPS, or on this computer itself. Open "
                    "this page at its https address; docs/deployment.md explains how to set one "
                    "up."
                ),
            ],
            "lost": [
                t("Connection lost"),
                t("Reconnecting. The photos taken so far are kept."),
            ],
            "stale": [
                t("This page is out of date"),
                t("Close this, reload the page, and start again."),
            ],
        },
    }
