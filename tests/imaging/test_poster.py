import subprocess
import sys

import cv2
import numpy as np
import pytest
from support.samples import HEIGHT_CM, SAMPLES, TRUTH, assessed

from posture.imaging.photo import Photo, load_photo
from posture.imaging.poster import DPI, PAPERS_MM, SQUARE_MM, find_poster, sheets
from posture.imaging.scene import Setup
from posture.measuring.assess import assess
from posture.measuring.options import AssessmentOptions

SEEN = [n for n, r in TRUTH.items() if r["poster"] and not n.startswith("bad") and "exif" not in n]


def as_photo(pixels) -> Photo:
    return Photo("x", np.ascontiguousarray(pixels, dtype=np.uint8), "0", "image/jpeg")


@pytest.mark.parametrize("name", SEEN)
def test_vertical_and_scale_of_the_samples(name):
    record = TRUTH[name]
    poster = find_poster(load_photo(SAMPLES / name))
    middle = (record["image_size"][0] / 2, record["image_size"][1] / 2)
    assert poster.roll_deg(middle) == pytest.approx(record["camera"]["roll_deg"], abs=0.05)
    wall = record["poster"]["mm_per_px_at_wall"]
    assert poster.mm_per_px(middle) == pytest.approx(wall, rel=0.002)
    camera = record["camera"]
    looks = poster.pitch_yaw_deg(camera["focal_px"])
    assert looks == pytest.approx((camera["pitch_deg"], camera["yaw_deg"]), abs=0.3)


def seen_from(pitch_deg: float, yaw_deg: float, roll_deg: float):
    """Draw the poster as a camera so turned sees it; return the photo and the camera's roll."""
    focal, size = 2200.0, (1400, 2000)
    about = [np.radians(v) for v in (pitch_deg, yaw_deg, roll_deg)]
    turn = np.eye(3)
    for axis, angle in ((1, about[1]), (0, about[0]), (2, -about[2])):
        vector = np.zeros(3)
        vector[axis] = angle
        turn = cv2.Rodrigues(vector)[0] @ turn
    # Wall to camera: x right, y down, z forward; the poster hangs to the right, 3.5 m away.
    place = np.array([[1, 0, 600.0], [0, 1, -500.0], [0, 0, 3500.0]])
    camera = np.array([[focal, 0, size[0] / 2], [0, focal, size[1] / 2], [0, 0, 1]])
    picture = np.full((1400, 400), 255, np.uint8)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    for number, top in ((0, 110), (1, 1110)):
        picture[top : top + 180, 110:290] = cv2.aruco.generateImageMarker(dictionary, number, 180)
    from_picture = np.array([[1, 0, -200.0], [0, 1, -200.0], [0, 0, 1]])
    matrix = camera @ turn @ place @ from_picture
    drawn = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_AREA, borderValue=255)
    return as_photo(cv2.cvtColor(drawn, cv2.COLOR_GRAY2RGB))


@pytest.mark.parametrize(
    ("pitch", "yaw", "roll"), [(0, 0, 0), (0, 0, 3), (3, 0, 0), (-3, 6, -2), (2, -8, 4)]
)
def test_a_pitched_or_turned_camera_does_not_bend_the_vertical(pitch, yaw, roll):
    poster = find_poster(seen_from(pitch, yaw, roll))
    # The vertical through the picture's middle leans by the roll alone.
    assert poster.roll_deg((700, 1000)) == pytest.approx(roll, abs=0.08)
    assert poster.pitch_yaw_deg(2200.0) == pytest.approx((pitch, yaw), abs=0.3)
    # Where the lens is not known, it is rough.
    assert poster.pitch_yaw_deg() == pytest.approx((pitch, yaw), abs=0.4 * abs(yaw) + 0.3)


def test_the_stated_distances_count():
    name = "m1_visit1_anterior.jpg"
    standard = assessed(name, "anterior", told=False).scene
    assert (standard.vertical_source, standard.scale_source) == ("poster", "poster")
    true = TRUTH[name]["mm_per_px"]
    assert standard.mm_per_px == pytest.approx(true, rel=0.02)
    told = assess(
        SAMPLES / name, "anterior", options=AssessmentOptions(Setup(camera_mm=3500))
    ).scene
    assert told.mm_per_px == pytest.approx(true, rel=0.003)
    wider = assess(
        SAMPLES / name, "anterior", options=AssessmentOptions(Setup(poster_mm=1010, camera_mm=3500))
    ).scene
    assert wider.mm_per_px == pytest.approx(true * 1.01, rel=0.003)


def test_the_height_stands_in_for_the_distance_of_the_camera():
    name = "m1_visit1_anterior.jpg"
    found = [assess(SAMPLES / name, "anterior", height_cm=cm) for cm in (None, HEIGHT_CM, 160)]
    off = [abs(each.scene.mm_per_px / TRUTH[name]["mm_per_px"] - 1) for each in found]
    assert found[1].scene.scale_source == "poster_and_height"
    assert off[1] < min(0.005, off[0])
    # A height that somebody mistyped
    assert found[2].scene.mm_per_px == found[0].scene.mm_per_px
    [issue] = [issue for issue in found[2].issues if issue.code == "scales_differ"]
    assert "differ by 9%" in issue.message
    assert "scales_differ" not in {issue.code for issue in found[1].issues}


def test_a_marked_line_wins_over_the_poster():
    line = ((100.0, 100.0), (150.0, 1400.0))
    scene = assess(SAMPLES / "m1_visit1_anterior.jpg", "anterior", plumb_line=line).scene
    assert (scene.vertical_source, scene.scale_source) == ("plumb_line", "poster")


def test_half_a_poster_or_two_are_none_and_the_reason_is_told():
    pixels = load_photo(SAMPLES / "m1_visit1_anterior.jpg").pixels
    half, two = pixels.copy(), pixels.copy()
    half[900:1200, 790:960] = 200
    two[380:560, 20:190] = pixels[380:560, 800:970]
    told = [("Only one sheet", half), ("More than one", two)]
    for words, changed in told:
        result = assess(as_photo(changed), "anterior")
        assert result.scene.vertical_source == "assumed_level"
        (issue,) = (issue for issue in result.issues if issue.code == "poster_unclear")
        assert words in issue.message
    assert find_poster(as_photo(pixels[::-1, ::-1])) is None  # upside down
    assert find_poster(load_photo(SAMPLES / "bad_feet_cropped.jpg")) is None


@pytest.mark.parametrize(("stated", "fits"), [(1000, True), (1015, True), (1050, False)])
def test_squares_that_do_not_fit_the_distance_give_no_scale(stated, fits):
    """A print made smaller to fit the page, or a distance that nobody measured."""
    setup = Setup(poster_mm=stated)
    result = assess(
        SAMPLES / "m1_visit1_anterior.jpg", "anterior", options=AssessmentOptions(setup)
    )
    assert ("poster_size" in {issue.code for issue in result.issues}) is not fits
    assert (result.scene.mm_per_px is not None) is fits
    assert result.scene.roll_deg == pytest.approx(0, abs=0.05)
    shift = next(m for m in result.measurements if m.key == "trunk_shift")
    assert fits or "do not match" in shift.reason
    # The wall stays in proportion: a square is as wide as it is high.
    poster = find_poster(load_photo(SAMPLES / "m1_visit1_anterior.jpg"), stated)
    corners = poster.homography @ np.array([[0, 100, 0], [0, 0, 100], [1, 1, 1.0]])
    origin, right, down = (corners[:2] / corners[2]).T
    proportion = np.linalg.norm(right - origin) / np.linalg.norm(down - origin)
    assert proportion == pytest.approx(1, abs=0.02 if fits else 0.005)


@pytest.mark.parametrize("paper", PAPERS_MM)
def test_the_printed_sheets_are_what_is_searched(paper, tmp_path):
    upper, lower = (np.asarray(sheet) for sheet in sheets(paper))
    width, height = (round(mm / 25.4 * DPI) for mm in PAPERS_MM[paper])
    assert upper.shape == lower.shape == (height, width)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
    for number, sheet in enumerate((upper, lower)):
        [corners], ids, _ = detector.detectMarkers(sheet)
        assert ids.ravel().tolist() == [number]
        side = np.linalg.norm(corners[0][1] - corners[0][0]) / DPI * 25.4
        assert side == pytest.approx(SQUARE_MM, abs=0.3)
        # The thin line for hanging meets the square's centre.
        middle = corners[0][:, 0].mean()
        line = np.flatnonzero(sheet[10] < 128).mean()
        assert line == pytest.approx(middle, abs=3)


def test_the_command_writes_two_pages(tmp_path):
    target = tmp_path / "poster.pdf"
    command = [sys.executable, "-m", "posture.cli", "poster", str(target), "--paper", "letter"]
    subprocess.run(command, check=True, capture_output=True)
    data = target.read_bytes()
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 2
