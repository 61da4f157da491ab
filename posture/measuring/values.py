"""Every measure of a view applied to a pose, with the error of each value."""

from collections.abc import Mapping

from posture.imaging.scene import Scene
from posture.landmarks import Landmark, Pose, View
from posture.measuring.measures import in_view
from posture.measuring.take import Measurement, take
from posture.measuring.uncertainty import detection_mode, error_of
from posture.pose.detect import PASSES
from posture.words import Message


def measure(
    pose: Pose,
    scene: Scene,
    view: View,
    withheld: Mapping[Landmark, Message] | None = None,
    *,
    model: str = "full",
    passes: int = PASSES,
) -> tuple[Measurement, ...]:
    """Apply every measure of a view to a pose.

    Parameters
    ----------
    pose : Pose
        Photo pixels.
    scene : Scene
    view : View
    withheld : mapping of Landmark to Message, optional
        Why points are not in the pose; becomes the reason of the measures that need them.
    model, passes : str, int
        How the pose was detected; the errors depend on it.

    Returns
    -------
    tuple of Measurement
        One for each measure of the view; a missing one has a reason.
    """
    measurements = []
    for row in in_view(view):
        geometry = take(row, pose, scene, view, withheld)
        sd, mdc = error_of(geometry, pose, scene, view, detection_mode(model, passes))
        measurements.append(
            Measurement(
                key=row.key,
                label=row.label,
                unit=row.unit,
                value=geometry.value,
                sd=sd,
                mdc=mdc,
                method=geometry.method,
                reason=geometry.reason,
            )
        )
    return tuple(measurements)


def missing(view: View | None, reason: Message) -> tuple[Measurement, ...]:
    """Return every measure of a view as missing, all for one reason; none without a view."""
    return tuple(
        Measurement(row.key, row.label, row.unit, None, None, None, None, reason)
        for row in (in_view(view) if view else ())
    )
