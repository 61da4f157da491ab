"""The guide's instructions, in words that a patient three metres away can follow."""

from posture.capture.advice import Advice
from posture.capture.guide import GuideState, Phase
from posture.landmarks import View
from posture.words import in_sentence, t


def current_instruction(state: GuideState) -> str:
    """Return the current instruction."""
    if state.view is None:
        return t("All views are taken. Thank you.")
    if state.phase is Phase.OUT:
        return t("Step out of the picture, then come back and stand")
    if state.phase is Phase.GUIDE:
        return instruction(state.advice, state.view) if state.advice else t("Look ahead")
    return t("Hold still")


def instruction(advice: Advice, view: View) -> str:
    """Return the words of an instruction; the direction to the camera depends on the view."""
    return {
        Advice.STEP_IN: t("Step into the frame"),
        Advice.ALONE: t("Only the patient in the frame"),
        Advice.FACE: t("Face the camera"),
        Advice.BACK: t("Turn your back to the camera"),
        Advice.LEFT_SIDE: t("Turn your left side to the camera"),
        Advice.RIGHT_SIDE: t("Turn your right side to the camera"),
        Advice.FEET_IN: t("Keep both feet in the frame: {do}", do=in_sentence(_away(view))),
        Advice.HEAD_IN: t("Keep your head in the frame: {do}", do=in_sentence(_away(view))),
        Advice.CAMERA_DOWN: t("Feet cut off: lower the camera"),
        Advice.CAMERA_UP: t("Head cut off: raise the camera"),
        Advice.AWAY: _away(view),
        Advice.CLOSER: _closer(view),
        Advice.STEP_LEFT: t("Step a little to your left"),
        Advice.STEP_RIGHT: t("Step a little to your right"),
        Advice.STEP_FORWARD: t("Step a little forward"),
        Advice.STEP_BACKWARD: t("Step a little backward"),
        Advice.TURN_LEFT: t("Turn a little to your left"),
        Advice.TURN_RIGHT: t("Turn a little to your right"),
        Advice.ARMS: t("Let your arms hang"),
        Advice.STILL: t("Hold still"),
    }[advice]


def _away(view: View) -> str:
    return t("Step back") if view is View.ANTERIOR else t("Move away from the camera")


def _closer(view: View) -> str:
    return t("Come closer") if view is View.ANTERIOR else t("Move closer to the camera")
