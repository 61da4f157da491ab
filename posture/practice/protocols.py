"""Protocols: how the photos of a visit are taken, as data that a practice can extend."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from posture.errors import PostureError
from posture.landmarks import View
from posture.ranges import DISTANCE_M, LENS_CM, REPEATS
from posture.words import Message, t

MOST_REPEATS = int(REPEATS.most)
SETTING = "protocols"
"""The setting that lists the practice's own protocols, as :func:`to_json` writes them."""
DEFAULT_SETTING = "protocol"
"""The setting with the key of the protocol for new visits."""


class ProtocolError(PostureError):
    """A protocol that cannot be used, and why."""


@dataclass(frozen=True)
class Protocol:
    """How photos are taken.

    ``repeats`` is the number of stills per view. They are taken in one burst, or, if
    ``stand_again`` is set, one after each time the patient steps out of the picture and back: their
    spread then includes the variation of the stance. ``distance_m`` and ``camera_height_cm`` are
    the lens's distance from the patient and its height above the floor.
    """

    key: str
    label: str
    views: tuple[View, ...]
    repeats: int
    distance_m: float
    camera_height_cm: float
    clothing: str
    stance: str
    stand_again: bool = False

    @property
    def stills(self) -> str:
        """How many stills each view has, in words."""
        if self.repeats == 1:
            return "1"
        how = t("standing again each time") if self.stand_again else t("in one burst")
        return f"{self.repeats}, {how}"


def display_text(protocol: Protocol, text: str) -> str:
    """Return one of a protocol's texts translated; a text that the practice typed is unchanged."""
    for ours in standard():
        if ours.key == protocol.key and text in (ours.label, ours.clothing, ours.stance):
            return t(text)
    return text


@cache
def standard() -> tuple[Protocol, ...]:
    """Return the protocols that come with the program, the usual one first."""
    text = files("posture.practice").joinpath("protocols.toml").read_text(encoding="utf-8")
    return tuple(from_json(row) for row in tomllib.loads(text)["protocol"])


def available(own: Iterable[Mapping[str, Any]] | None) -> tuple[Protocol, ...]:
    """Return the program's protocols and a practice's own, which win if the key is the same.

    Raises
    ------
    ProtocolError
        If one of the practice's own cannot be used.
    """
    found = {protocol.key: protocol for protocol in standard()}
    found |= {protocol.key: protocol for protocol in map(from_json, own or ())}
    return tuple(found.values())


def from_json(row: Mapping[str, Any]) -> Protocol:
    """Return the protocol of a row of the file, the settings or the record.

    Raises
    ------
    ProtocolError
        If something is missing or invalid.
    """
    name = str(row.get("label") or row.get("key") or "without a name")
    try:
        protocol = Protocol(
            key=str(row["key"]),
            label=str(row["label"]),
            views=tuple(dict.fromkeys(View(view) for view in row["views"])),
            repeats=int(row["repeats"]),
            distance_m=float(row["distance_m"]),
            camera_height_cm=float(row["camera_height_cm"]),
            clothing=str(row["clothing"]),
            stance=str(row["stance"]),
            stand_again=row.get("stand_again") is True,  # absent from the first version
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ProtocolError(
            Message("The protocol {name} cannot be used: {error} is wrong.", name=name, error=error)
        ) from None
    wrong = _wrong(protocol)
    if wrong:
        raise ProtocolError(
            Message("The protocol {name} cannot be used: {wrong}.", name=name, wrong=wrong)
        )
    return protocol


def _wrong(protocol: Protocol) -> Message | None:
    if not protocol.key.strip() or not protocol.label.strip():
        return Message("it needs a name")
    if not protocol.views:
        return Message("it needs at least one view")
    if protocol.repeats not in REPEATS:
        return Message(
            "a view has 1 to {most_repeats} stills, not {repeats}",
            most_repeats=MOST_REPEATS,
            repeats=protocol.repeats,
        )
    if protocol.distance_m not in DISTANCE_M:
        return Message(
            "a distance of {distance_m:g} m cannot be right", distance_m=protocol.distance_m
        )
    if protocol.camera_height_cm not in LENS_CM:
        return Message(
            "a camera height of {camera_height_cm:g} cm cannot be right",
            camera_height_cm=protocol.camera_height_cm,
        )
    return None


def to_json(protocol: Protocol) -> dict[str, Any]:
    """Return a protocol as plain data, for the settings and for each visit."""
    return {
        "key": protocol.key,
        "label": protocol.label,
        "views": [str(view) for view in protocol.views],
        "repeats": protocol.repeats,
        "distance_m": protocol.distance_m,
        "camera_height_cm": protocol.camera_height_cm,
        "clothing": protocol.clothing,
        "stance": protocol.stance,
        "stand_again": protocol.stand_again,
    }


def protocol_differences(before: Protocol | None, after: Protocol | None) -> tuple[str, ...]:
    """Return the differences between two visits' protocols in words.

    Views and names do not count: only differences that may affect a measured value do.
    """
    if before is None and after is None:
        return ()
    if before is None:
        return (t("it is not known how the first visit was photographed: it has no protocol"),)
    if after is None:
        return (t("it is not known how the second visit was photographed: it has no protocol"),)
    pairs = (
        (t("camera distance"), _metres(before), _metres(after)),
        (t("camera height"), _centimetres(before), _centimetres(after)),
        (t("clothing"), display_text(before, before.clothing), display_text(after, after.clothing)),
        (t("stance"), display_text(before, before.stance), display_text(after, after.stance)),
        (t("stills per view"), before.stills, after.stills),
    )
    return tuple(
        t("{what}: {before} before, {after} after", what=what, before=one, after=other)
        for what, one, other in pairs
        if one != other
    )


def _metres(protocol: Protocol) -> str:
    return t("{n:g} m", n=protocol.distance_m)


def _centimetres(protocol: Protocol) -> str:
    return t("{n:g} cm", n=protocol.camera_height_cm)
