"""What the guide says, in words that a patient at three metres can follow."""

from posture.capture.advice import Say
from posture.capture.guide import Phase, State
from posture.landmarks import View
from posture.words import in_sentence, t


def told(state: State) -> str:
    """Return the one instruction of this moment."""
    if state.view is None:
        return t("All views are taken. Thank you.")
    if state.phase is Phase.OUT:
        return t("Step out of the picture, then stand again")
    if state.phase is Phase.GUIDE:
        return instruction(state.say, state.view) if state.say else t("Look ahead")
    return t("Hold still")


def instruction(say: Say, view: View) -> str:
    """Return an instruction; where the camera is depends on the view."""
    return {
        Say.STEP_IN: t("Step into the frame"),
        Say.ALONE: t("Only the patient in the frame"),
        Say.FACE: t("Face the camera"),
        Say.BACK: t("Turn your back to the camera"),
        Say.LEFT_SIDE: t("Turn your left side to the camera"),
        Say.RIGHT_SIDE: t("Turn your right side to the camera"),
        Say.FEET_IN: t("Both feet in the frame: {do}", do=in_sentence(_away(view))),
        Say.HEAD_IN: t("Your head in the frame: {do}", do=in_sentence(_away(view))),
        Say.CAMERA_DOWN: t("Feet cut off: lower the camera"),
        Say.CAMERA_UP: t("Head cut off: raise the camera"),
        Say.AWAY: _away(view),
        Say.CLOSER: _closer(view),
        Say.STEP_LEFT: t("Step a little to your left"),
        Say.STEP_RIGHT: t("Step a little to your right"),
        Say.STEP_FORWARD: t("Step a little forward"),
        Say.STEP_BACKWARD: t("Step a little backward"),
        Say.TURN_LEFT: t("Turn a little to your left"),
        Say.TURN_RIGHT: t("Turn a little to your right"),
        Say.ARMS: t("Let your arms hang"),
        Say.STILL: t("Hold still"),
    }[say]


def _away(view: View) -> str:
    return t("Step back") if view is View.ANTERIOR else t("Move away from the camera")


def _closer(view: View) -> str:
    return t("Come closer") if view is View.ANTERIOR else t("Move closer to the camera")
