"""How photos are measured, whoever is in them: one value for every caller of ``assess``."""

from dataclasses import dataclass, field

from posture.imaging.scene import Setup
from posture.pose.models import Model


@dataclass(frozen=True)
class AssessmentOptions:
    """How to measure a photo, apart from what is known of the patient.

    Parameters
    ----------
    setup : Setup
        The measured distances of poster, wall and camera.
    markers : str, optional
        Colour of the skin markers, one of ``refine.markers.HUES``; None ignores markers.
    model : Model, optional
        None takes the model that the view needs: ``heavy`` from the side, where it halves the
        error of a change, ``full`` otherwise.
    passes : int, optional
        Number of detection passes; None takes the number that the view needs. ``FAST_PASSES`` with
        ``refine=False`` is the fast mode: less than three times as slow as a plain script that runs
        the model once.
    refine : bool
        Whether to look for better evidence than the model's landmarks: outlines and the face.
    """

    setup: Setup = field(default_factory=Setup)
    markers: str | None = "green"
    model: Model | None = None
    passes: int | None = None
    refine: bool = True


DEFAULT_OPTIONS = AssessmentOptions()
