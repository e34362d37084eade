"""A scene is due at its step, after its pause, and once its condition is seen; never before."""

from __future__ import annotations

import pytest

from portal_pipeline.sandbox.world.chance import Chance
from portal_pipeline.sandbox.world.people import Office
from portal_pipeline.sandbox.world.scenes import Progress, Staged, ago, at, once, then

pytestmark = pytest.mark.xdist_group("world")


def staged(*script, played=0, last_step=0):
    return Staged("a/b/0", 1, list(script), Chance("a"), Progress(played, last_step))


@pytest.mark.parametrize(
    ("story", "step", "is_due"),
    [
        pytest.param(staged(at(3)), 2, False, id="before its step"),
        pytest.param(staged(at(3)), 3, True, id="at its step"),
        pytest.param(staged(at(3)), 9, True, id="its step was missed"),
        pytest.param(staged(at(1), then(), played=1, last_step=1), 1, False, id="one scene a step"),
        pytest.param(staged(at(1), then(), played=1, last_step=1), 2, True, id="the next step"),
        pytest.param(staged(at(1), then(after=3), played=1, last_step=1), 3, False, id="a pause"),
        pytest.param(staged(at(1), then(after=3), played=1, last_step=1), 4, True, id="after it"),
        pytest.param(staged(once(lambda: False)), 5, False, id="not seen"),
        pytest.param(staged(once(lambda: True)), 5, True, id="seen"),
        pytest.param(staged(once(lambda: True, step=6)), 5, False, id="seen too early"),
        pytest.param(staged(at(1), played=1, last_step=1), 2, False, id="all is played"),
    ],
)
def test_a_scene_is_due_when_its_time_has_come_and_its_condition_is_seen(story, step, is_due):
    assert (story.due(step) is not None) is is_due


def test_a_scene_of_the_past_cannot_follow_one_of_the_present():
    with pytest.raises(ValueError, match="comes after the beginning"):
        staged(at(1), ago(3), played=1, last_step=1).due(2)


def test_the_past_of_a_story_is_in_the_order_of_its_scenes():
    moments = [one[0] for one in staged(ago(5), ago(5), ago(4), at(1)).history()]
    assert moments == sorted(set(moments))
    assert len(moments) == 3


def test_chance_depends_on_its_key_alone():
    first, second = Chance(7, "norte", "a"), Chance(7, "norte", "a")
    other = Chance(7, "norte", "b")
    drawn = [[one.number(0, 10**6) for _ in range(3)] for one in (first, second, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_no_two_kinds_of_people_have_a_deed_of_one_name():
    """An office is made of them: the later one would never be asked."""
    owners: dict[str, set[str]] = {}
    for kind in Office.__mro__[1:-1]:
        for name in vars(kind):
            if not name.startswith("__"):
                owners.setdefault(name, set()).add(kind.__name__)
    assert {name: kinds for name, kinds in owners.items() if len(kinds) > 1} == {}
