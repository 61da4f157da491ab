"""The guide on tables, and on what the model sees of the samples."""

from dataclasses import replace
from functools import cache

import cv2
import pytest
from support.samples import SAMPLES

from posture.capture.advice import SHOW, Say, advise
from posture.capture.channel import look
from posture.capture.guide import Guide, Phase, State, after, going_on, shooting
from posture.capture.instructions import instruction, told
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
    found, size = look(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes())
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
    ("view", "dx", "say"),
    [
        (View.ANTERIOR, -80, Say.STEP_LEFT),
        (View.ANTERIOR, 80, Say.STEP_RIGHT),
        (View.POSTERIOR, -80, Say.STEP_RIGHT),
        (View.POSTERIOR, 80, Say.STEP_LEFT),
        (View.LEFT, -80, Say.STEP_BACKWARD),
        (View.LEFT, 80, Say.STEP_FORWARD),
        (View.RIGHT, -80, Say.STEP_FORWARD),
        (View.RIGHT, 80, Say.STEP_BACKWARD),
    ],
)
def test_sides_are_the_patients_in_every_view(view, dx, say):
    found, size = standing(view)
    assert advise(moved(found, dx), size, view) is say


@pytest.mark.parametrize(
    ("change", "say"),
    [
        (lambda f: None, Say.STEP_IN),
        (lambda f: replace(f, people=2), Say.ALONE),
        (lambda f: moved(f, scale=0.55), Say.CLOSER),
        (lambda f: moved(f, scale=1.21, dy=20), Say.AWAY),
        (lambda f: moved(f, scale=1.5), Say.HEAD_IN),
        (lambda f: moved(f, scale=1.5, dy=150), Say.FEET_IN),
        (lambda f: absent(f, FEET), Say.CAMERA_DOWN),
        (lambda f: moved(f, dy=60), Say.CAMERA_DOWN),
        (lambda f: moved(f, dy=-120), Say.CAMERA_UP),
        (lambda f: raised(f, Landmark.LEFT_WRIST), Say.ARMS),
        (lambda f: turned(f, View.ANTERIOR, 25), Say.TURN_RIGHT),
        (lambda f: turned(f, View.ANTERIOR, -35), Say.TURN_LEFT),
    ],
)
def test_one_thing_at_a_time(change, say):
    found, size = standing(View.ANTERIOR)
    assert advise(change(found), size, View.ANTERIOR) is say


@pytest.mark.parametrize(
    ("name", "say"),
    [
        ("bad_no_person.jpg", Say.STEP_IN),
        ("bad_feet_cropped.jpg", Say.FEET_IN),
        ("bad_two_people.jpg", Say.ALONE),
    ],
)
def test_the_bad_samples(name, say):
    found, size = seen(name)
    assert advise(found, size, View.ANTERIOR) is say


def test_an_empty_or_broken_frame_shows_nobody():
    assert look(b"") == (None, (1, 1))
    assert look(b"no picture")[0] is None


# The state machine

STILL = Say.STILL


def run(*looks, state=None):
    """Return the phases after looks at (second, what was wrong)."""
    state = state or State(((View.ANTERIOR, View.LEFT),))
    phases = []
    for now, advice in looks:
        state = after(state, advice, now)
        phases.append((state.phase, state.say, state.count(now)))
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
    feet, away = Say.FEET_IN, Say.AWAY
    says = [say for _, say, _ in run((0, feet), (0.1, away), (0.2, feet), (0.3, away), (0.8, away),
                                     (0.9, away))]  # fmt: skip
    assert says == [feet, feet, feet, feet, feet, away]


def test_stills_that_never_come_are_asked_for_again():
    waiting = shooting(State(((View.LEFT,),)), 10)
    assert after(waiting, None, 29).phase is Phase.SHOOT
    assert after(waiting, None, 31).phase is Phase.GUIDE


def test_the_next_view_is_asked_for_and_the_last_one_is_the_end():
    state = State(((View.ANTERIOR, View.LEFT),), Phase.SHOOT)
    assert going_on(state, state.rounds, 5) is state  # one of several stills came
    state = going_on(state, ((View.LEFT,),), 5)
    assert (state.view, state.phase, state.say) == (View.LEFT, Phase.GUIDE, Say.LEFT_SIDE)
    state = going_on(state, (), 9)
    assert (state.view, state.phase) == (None, Phase.DONE)
    assert after(state, STILL, 10) is state
    assert shooting(state, 10) is state


def test_between_rounds_the_patient_steps_out_and_is_asked_in_again():
    state = State(((View.RIGHT,), (View.ANTERIOR, View.RIGHT)), Phase.SHOOT)
    state = going_on(state, state.rounds[1:], 0)
    assert (state.view, state.phase) == (View.ANTERIOR, Phase.OUT)
    assert told(state) == "Step out of the picture, then stand again"
    gone = Say.STEP_IN
    looks = [(0.1, None), (0.5, gone), (1.4, Say.FEET_IN), (2.0, gone), (2.3, gone), (2.4, gone)]
    assert run(*looks, state=state) == [(Phase.OUT, None, None)] * 5 + [(Phase.GUIDE, gone, None)]
    assert shooting(state, 1).phase is Phase.SHOOT  # somebody pressed for it


def test_four_views_of_a_patient_who_turns():
    guide = Guide((VIEWS,))
    stills, told_to = [], []
    for tick in range(600):  # ten looks a second; the patient turns every seven seconds
        now = tick / 10
        found, size = standing(VIEWS[min(tick // 70, 3)])
        state = guide.see(found, size, now)
        if state.phase is Phase.GUIDE and (not told_to or told_to[-1] is not state.say):
            told_to.append(state.say)
        if state.phase is Phase.SHOOT:
            stills.append((guide.view, now))
            guide.go_on(tuple(views for views in (guide.state.rounds[0][1:],) if views), now)
        if guide.view is None:
            break
    assert [view for view, _ in stills] == list(VIEWS)
    assert told_to == [Say.LEFT_SIDE, Say.BACK, Say.RIGHT_SIDE]
    assert guide.state.phase is Phase.DONE
    assert guide.see(None, SIZE, 99).phase is Phase.DONE


def test_who_sways_little_holds_and_who_walks_does_not():
    found, size = standing(View.ANTERIOR)
    for step, phase in ((0.5, Phase.SHOOT), (6.0, Phase.GUIDE)):
        guide = Guide(((View.ANTERIOR,),))
        for tick in range(50):
            state = guide.see(moved(found, step * (-1) ** tick), size, tick / 10)
        assert state.phase is phase
    assert state.say is Say.STILL


def test_every_instruction_has_words_in_every_view():
    for view in VIEWS:
        assert len({instruction(say, view) for say in Say}) == len(Say)
    assert instruction(Say.AWAY, View.ANTERIOR) == "Step back"
    assert instruction(Say.AWAY, View.POSTERIOR) == "Move away from the camera"
    assert told(State((), Phase.DONE)).startswith("All views")
