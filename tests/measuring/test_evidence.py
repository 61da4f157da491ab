"""What a stage adds to the findings, and what it leaves alone."""

from posture.imaging.scene import Scene
from posture.issues import CaptureIssue, Severity
from posture.landmarks import Landmark, Point, Pose
from posture.measuring.evidence import Evidence, as_warnings
from posture.words import Message

EAR, HIP = Landmark.LEFT_EAR, Landmark.LEFT_HIP
HIDDEN = Message("the {landmark} is hidden", landmark=EAR)
FOUND = Evidence(Scene(), Pose({EAR: Point(1, 2), HIP: Point(3, 4)}))
NOBODY = CaptureIssue("nobody", Severity.ERROR, Message("Nobody was found."))


def test_a_withheld_point_leaves_the_pose_with_its_reason():
    found = FOUND.withholding({EAR: HIDDEN})
    assert set(found.pose.points) == {HIP}
    assert found.withheld == {EAR: HIDDEN}


def test_a_reason_alone_keeps_what_is_known_another_way():
    found = FOUND.with_reasons({EAR: HIDDEN})
    assert found.pose is FOUND.pose
    assert found.withheld == {EAR: HIDDEN}
    assert found.without_reasons({EAR}).withheld == {}


def test_points_win_and_make_a_pose_where_there_was_none():
    placed = {EAR: Point(5, 6)}
    assert FOUND.with_points(placed).pose.points == {EAR: Point(5, 6), HIP: Point(3, 4)}
    assert Evidence(Scene()).with_points(placed).pose.points == placed


def test_an_error_blocks_until_it_is_a_warning():
    found = FOUND.with_issues([NOBODY])
    assert found.blocked
    assert not Evidence(Scene(), issues=as_warnings(found.issues)).blocked
