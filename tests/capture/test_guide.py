"""The guide on tables, and on what the model sees of the samples."""

from dataclasses import replace
from functools import cache

import cv2
import pytest
from support.samples import SAMPLES

from posture.capture.advice import SHOW, Advice, advise
from posture.capture.channel import detect_person
from posture.capture.guide import Guide, GuideState, Phase, next_state, with_rounds, with_shots_now
from posture.capture.instructions import current_instruction, instruction
from posture.landmarks import Landmark, Pose, View

SIZE = (427, 640)
VIEWS = (View.ANTERIOR, View.LEFT, View.POSTERIOR, View.RIGHT)
FEET = [mark for mark in Landmark if mark.endswith(("heel", "ankle", "foot_index"))]


@cache
def seen(name: str):
    """Return what a look at a sample finds, as small and lossy as a live frame."""
    picture = cv2.imread(str(SAMPLES / name))
    scale = 640 / picture.shape[0]
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, size = detect_person(
        cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes()
    )
    return found, size


def standing(view: View):
    return seen(f"m1_visit3_{view}.jpg")


def moved(found, dx=0.0, dy=0.0, scale=1.0, centre=(213.0, 600.0)):
    """Return what would be seen of somebody elsewhere in the frame."""
    points = {
        mark: replace(
            p,
            x=centre[0] + (p.x - centre[0]) * scale + dx,
            y=centre[1] + (p.y - centre[1]) * scale + dy,
        )
        for mark, p in found.pose.points.items()
    }
    return replace(found, pose=Pose(points, points))


def raised(found, mark):
    points = dict(found.pose.points)
    points[mark] = replace(points[mark], y=points[mark].y - 100)
    return replace(found, pose=Pose(points, points))


def absent(found, marks):
    return replace(found, presence={**found.presence, **dict.fromkeys(marks, 0.1)})


def turned(found, view: View, degrees: float):
    """Return somebody turned by so much to the own left."""
    depth = dict(found.depth)
    sign = 1 if view is View.ANTERIOR else -1
    for part in ("shoulder", "hip"):
        depth[Landmark(f"left_{part}")] += sign * degrees * 1.2
    return replace(found, depth=depth)


@pytest.mark.parametrize("person", ["m1_visit1", "m1_visit3", "f1_visit1", "f1_visit3"])
@pytest.mark.parametrize("view", VIEWS)
def test_who_stands_well_is_told_nothing(person, view):
    found, size = seen(f"{person}_{view}.jpg")
    assert advise(found, size, view) is None


@pytest.mark.parametrize("shown", VIEWS)
@pytest.mark.parametrize("wanted", VIEWS)
def test_another_view_is_asked_for(shown, wanted):
    found, size = standing(shown)
    assert advise(found, size, wanted) is (None if shown is wanted else SHOW[wanted])


@pytest.mark.parametrize(
    ("view", "dx", "advice"),
    [
        (View.ANTERIOR, -80, Advice.STEP_LEFT),
        (View.ANTERIOR, 80, Advice.STEP_RIGHT),
        (View.POSTERIOR, -80, Advice.STEP_RIGHT),
        (View.POSTERIOR, 80, Advice.STEP_LEFT),
        (View.LEFT, -80, Advice.STEP_BACKWARD),
        (View.LEFT, 80, Advice.STEP_FORWARD),
        (View.RIGHT, -80, Advice.STEP_FORWARD),
        (View.RIGHT, 80, Advice.STEP_BACKWARD),
    ],
)
def test_sides_are_the_patients_in_every_view(view, dx, advice):
    found, size = standing(view)
    assert advise(moved(found, dx), size, view) is advice


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (lambda f: None, Advice.STEP_IN),
        (lambda f: replace(f, people=2), Advice.ALONE),
        (lambda f: moved(f, scale=0.55), Advice.CLOSER),
        (lambda f: moved(f, scale=1.21, dy=20), Advice.AWAY),
        (lambda f: moved(f, scale=1.5), Advice.HEAD_IN),
        (lambda f: moved(f, scale=1.5, dy=150), Advice.FEET_IN),
        (lambda f: absent(f, FEET), Advice.CAMERA_DOWN),
        (lambda f: moved(f, dy=60), Advice.CAMERA_DOWN),
        (lambda f: moved(f, dy=-120), Advice.CAMERA_UP),
        (lambda f: raised(f, Landmark.LEFT_WRIST), Advice.ARMS),
        (lambda f: turned(f, View.ANTERIOR, 25), Advice.TURN_RIGHT),
        (lambda f: turned(f, View.ANTERIOR, -35), Advice.TURN_LEFT),
    ],
)
def test_one_thing_at_a_time(change, advice):
    found, size = standing(View.ANTERIOR)
    assert advise(change(found), size, View.ANTERIOR) is advice


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("bad_no_person.jpg", Advice.STEP_IN),
        ("bad_feet_cropped.jpg", Advice.FEET_IN),
        ("bad_two_people.jpg", Advice.ALONE),
    ],
)
def test_the_bad_samples(name, advice):
    found, size = seen(name)
    assert advise(found, size, View.ANTERIOR) is advice


def test_an_empty_or_broken_frame_shows_nobody():
    assert detect_person(b"") == (None, (1, 1))
    assert detect_person(b"no picture")[0] is None


# The state machine

STILL = Advice.STILL


def run(*looks, state=None):
    """Return the phases after looks at (second, what was wrong)."""
    state = state or GuideState(((View.ANTERIOR, View.LEFT),))
    phases = []
    for now, advice in looks:
        state = next_state(state, advice, now)
        phases.append((state.phase, state.advice, state.count(now)))
    return phases


def test_a_second_of_good_then_three_counted_then_stills():
    assert run((0, None), (0.9, None), (1.0, None), (1.9, None), (3.5, None), (4.0, None)) == [
        (Phase.HOLD, None, None),
        (Phase.HOLD, None, None),
        (Phase.COUNT, None, 3),
        (Phase.COUNT, None, 3),
        (Phase.COUNT, None, 1),
        (Phase.SHOOT, None, None),
    ]


def test_one_bad_look_does_not_stop_the_countdown_but_moving_does():
    good = [(0, None), (1, None)]
    assert run(*good, (1.5, STILL), (1.8, None), (4.1, None))[-1][0] is Phase.SHOOT
    assert run(*good, (1.5, STILL), (1.9, STILL), (2.1, STILL))[-1] == (Phase.GUIDE, STILL, None)


def test_an_instruction_stays_long_enough_to_be_read():
    feet, away = Advice.FEET_IN, Advice.AWAY
    seen = ((0, feet), (0.1, away), (0.2, feet), (0.3, away), (0.8, away), (0.9, away))
    says = [advice for _, advice, _ in run(*seen)]
    assert says == [feet, feet, feet, feet, feet, away]


def test_stills_that_never_come_are_asked_for_again():
    waiting = with_shots_now(GuideState(((View.LEFT,),)), 10)
    assert next_state(waiting, None, 29).phase is Phase.SHOOT
    assert next_state(waiting, None, 31).phase is Phase.GUIDE


def test_the_next_view_is_asked_for_and_the_last_one_is_the_end():
    state = GuideState(((View.ANTERIOR, View.LEFT),), Phase.SHOOT)
    assert with_rounds(state, state.rounds, 5) is state  # one of several stills came
    state = with_rounds(state, ((View.LEFT,),), 5)
    assert (state.view, state.phase, state.advice) == (View.LEFT, Phase.GUIDE, Advice.LEFT_SIDE)
    state = with_rounds(state, (), 9)
    assert (state.view, state.phase) == (None, Phase.DONE)
    assert next_state(state, STILL, 10) is state
    assert with_shots_now(state, 10) is state


def test_between_rounds_the_patient_steps_out_and_is_asked_in_again():
    state = GuideState(((View.RIGHT,), (View.ANTERIOR, View.RIGHT)), Phase.SHOOT)
    state = with_rounds(state, state.rounds[1:], 0)
    assert (state.view, state.phase) == (View.ANTERIOR, Phase.OUT)
    assert current_instruction(state) == "Step out of the picture, then come back and stand"
    gone = Advice.STEP_IN
    looks = [(0.1, None), (0.5, gone), (1.4, Advice.FEET_IN), (2.0, gone), (2.3, gone), (2.4, gone)]
    assert run(*looks, state=state) == [(Phase.OUT, None, None)] * 5 + [(Phase.GUIDE, gone, None)]
    assert with_shots_now(state, 1).phase is Phase.SHOOT  # somebody pressed for it


def test_four_views_of_a_patient_who_turns():
    guide = Guide((VIEWS,))
    stills, told_to = [], []
    for tick in range(600):  # ten looks a second; the patient turns every seven seconds
        now = tick / 10
        found, size = standing(VIEWS[min(tick // 70, 3)])
        state = guide.see(found, size, now)
        if state.phase is Phase.GUIDE and (not told_to or told_to[-1] is not state.advice):
            told_to.append(state.advice)
        if state.phase is Phase.SHOOT:
            stills.append((guide.view, now))
            guide.go_on(tuple(views for views in (guide.state.rounds[0][1:],) if views), now)
        if guide.view is None:
            break
    assert [view for view, _ in stills] == list(VIEWS)
    assert told_to == [Advice.LEFT_SIDE, Advice.BACK, Advice.RIGHT_SIDE]
    assert guide.state.phase is Phase.DONE
    assert guide.see(None, SIZE, 99).phase is Phase.DONE


def test_who_sways_little_holds_and_who_walks_does_not():
    found, size = standing(View.ANTERIOR)
    for step, phase in ((0.5, Phase.SHOOT), (6.0, Phase.GUIDE)):
        guide = Guide(((View.ANTERIOR,),))
        for tick in range(50):
            state = guide.see(moved(found, step * (-1) ** tick), size, tick / 10)
        assert state.phase is phase
    assert state.advice is Advice.STILL


def test_every_instruction_has_words_in_every_view():
    for view in VIEWS:
        assert len({instruction(advice, view) for advice in Advice}) == len(Advice)
    assert instruction(Advice.AWAY, View.ANTERIOR) == "Step back"
    assert instruction(Advice.AWAY, View.POSTERIOR) == "Move away from the camera"
    assert current_instruction(GuideState((), Phase.DONE)).startswith("All views")
