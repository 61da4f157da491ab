import json
import subprocess
import sys

import numpy as np
import pytest
from support.samples import SAMPLES, assessed

from posture.errors import ModelError
from posture.imaging.photo import Photo, load_photo
from posture.landmarks import DETECTED, Landmark
from posture.measuring.assess import assess
from posture.measuring.options import AssessmentOptions
from posture.pose.detect import FAST_PASSES, PoseDetector
from posture.pose.models import FOLDER, Model
from posture.pose.passes import are_consistent, are_flipped, legs_unswapped
from posture.present.serialise import to_json


def test_the_same_photo_gives_the_same_figures_on_any_run():
    first = to_json(assessed("m1_visit1_anterior.jpg", "anterior"))
    again = (
        "import json, sys\n"
        "from posture.measuring.assess import assess\n"
        "from posture.present.serialise import to_json\n"
        "print(json.dumps(to_json(assess(sys.argv[1], 'anterior', height_cm=176.9))))"
    )
    path = str(SAMPLES / "m1_visit1_anterior.jpg")
    run = subprocess.run(
        [sys.executable, "-c", again, path], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == json.loads(json.dumps(first))


@pytest.mark.parametrize(
    ("options", "within"),
    [(AssessmentOptions(), 4), (AssessmentOptions(passes=FAST_PASSES, refine=False), 6)],
)
def test_a_mirrored_photo_gives_the_mirrored_figures(options, within):
    plain = load_photo(SAMPLES / "m1_visit1_anterior.jpg")
    mirrored = Photo("mirrored", np.ascontiguousarray(plain.pixels[:, ::-1]), "0", "image/jpeg")
    before = assess(plain, "anterior", options=options)
    after = assess(mirrored, "anterior", options=options)
    width = plain.size[0]
    for mark in DETECTED:
        one, other = before.pose.points[mark], after.pose.points[mark.mirrored]
        # Half the passes are mirrored anyway; what remains is rounding.
        assert (width - other.x, other.y) == pytest.approx((one.x, one.y), abs=within), mark


def passes(*widths: float):
    """Return passes that saw shoulders so many pixels apart on a trunk of 100, + = a front."""
    stack = np.zeros((len(widths), len(DETECTED), 6))
    for seen, width in zip(stack, widths, strict=True):
        seen[DETECTED.index(Landmark.LEFT_SHOULDER), 0] = width / 2
        seen[DETECTED.index(Landmark.RIGHT_SHOULDER), 0] = -width / 2
        for hip in (Landmark.LEFT_HIP, Landmark.RIGHT_HIP):
            seen[DETECTED.index(hip), 1] = 100
    return stack


@pytest.mark.parametrize(
    ("widths", "whole", "flipped"),
    [
        ((66, 68, 65, 67), "1111", "0000"),  # a front
        ((-66, -68, -65, -67), "1111", "0000"),  # a back
        ((-66, 68, -65, -67), "1111", "0100"),  # a back, taken for a front once
        ((-66, -68, 2, -40), "1100", "0000"),  # between front and back: of no use
        ((66, -68, 3, -5), "1100", "0100"),  # as many for either: the first one
        ((3, -5, 8, -2), "1111", "0000"),  # a profile has hardly any width
    ],
)
def test_passes_that_saw_another_side_or_none(widths, whole, flipped):
    stack = passes(*widths)
    assert "".join(str(int(each)) for each in are_consistent(stack)) == whole
    left = stack[are_consistent(stack)]
    assert "".join(str(int(each)) for each in are_flipped(left)) == flipped[: len(left)]


def test_legs_that_a_pass_took_for_each_other_are_not_averaged_with_the_others():
    """The mean would have both ankles in the middle between the legs."""
    left, right = DETECTED.index(Landmark.LEFT_ANKLE), DETECTED.index(Landmark.RIGHT_ANKLE)
    stack = passes(-66, -68, -67)
    stack[:, left, 0], stack[:, right, 0] = -20.0, 21.0
    tangled = stack.copy()
    tangled[1, left, 0], tangled[1, right, 0] = 21.0, -20.0
    assert np.array_equal(legs_unswapped(tangled), stack)
    profile = passes(3, -5, 8)
    profile[:, left, 0], profile[:, right, 0] = 20.0, -20.0
    assert np.array_equal(legs_unswapped(profile), profile)


def test_landmarks_lie_near_the_truth():
    from support.samples import TRUTH, true_pose

    for name in ("m1_visit1_anterior.jpg", "f1_visit2_posterior.jpg"):
        truth = true_pose(TRUTH[name])
        found = assessed(name, TRUTH[name]["view"], told=False).pose
        for part in ("shoulder", "hip", "knee", "ankle"):
            for side in ("left", "right"):
                mark = f"{side}_{part}"
                one, other = truth.points[mark], found.points[mark]
                assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=45), mark


def test_odd_sizes_do_not_crash_the_library(tmp_path):
    """The library aborts the process on masks whose rows are not aligned."""
    from PIL import Image

    photo = Image.open(SAMPLES / "m1_visit1_anterior.jpg")
    for width in (597, 601, 613):
        path = tmp_path / f"{width}.png"
        photo.resize((width, 900)).save(path)
        assert assess(path, "anterior").measured


def test_a_missing_bundle_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("POSTURE_MODEL", str(tmp_path / "none.task"))
    with pytest.raises(ModelError, match="is missing"):
        PoseDetector()


def test_an_unusable_bundle_is_told(monkeypatch, tmp_path):
    (tmp_path / "bad.task").write_bytes(b"no model")
    monkeypatch.setenv("POSTURE_MODEL", str(tmp_path / "bad.task"))
    with pytest.raises(ModelError, match="not a usable pose model"):
        PoseDetector()


def test_an_altered_bundle_is_refused(monkeypatch, tmp_path):
    for file in FOLDER.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    altered = bytearray((FOLDER / "pose_landmarker_full.task").read_bytes())
    altered[-1] ^= 1
    (tmp_path / "pose_landmarker_full.task").write_bytes(altered)
    monkeypatch.setattr("posture.pose.models.FOLDER", tmp_path)
    with pytest.raises(ModelError, match="was altered"):
        PoseDetector()
    with pytest.raises(ModelError, match="is missing"):
        PoseDetector(Model.HEAVY)


def test_another_bundle_can_be_named(monkeypatch):
    monkeypatch.setenv("POSTURE_MODEL", str(FOLDER / "pose_landmarker_heavy.task"))
    result = assess(SAMPLES / "m1_visit3_anterior.jpg", "anterior")
    assert result.measured
    assert result.model.startswith("custom:")
