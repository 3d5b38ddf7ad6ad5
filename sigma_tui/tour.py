"""A tour of the explorer in six steps: each says what is seen, in the numbers that are there.

Nothing is canned: a step is a version of the sequence and a sentence about the answer to it, so it
works for any person and model, and says something else when the model does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.explore.answer import Answer, Interest
from engine.explore.categories import letter_of
from engine.explore.versions import Version
from sigma_tui.widgets.cells import share

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

LONGEST_TITLE = 44
"""Characters of a title in a sentence."""


@dataclass(frozen=True)
class Scene:
    """What a sentence is about. original: the answer to the sequence as it was. version: as it is
    now, after the step's edit, and its answer."""

    explorer: "Explorer"
    original: Answer
    version: Version
    answer: Answer

    def title(self, item: int) -> str:
        """An item in quotes, cut with an ellipsis."""
        title = self.explorer.catalogue.titles[item - 1]
        return f"“{title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + '…'}”"

    def category(self, interest: Interest) -> str:
        """Letter and name."""
        portraits = self.explorer.portraits
        name = f" {portraits[interest.category].name}" if portraits else ""
        return f"{letter_of(interest.category)}{name}"

    @property
    def strongest(self) -> list[Interest]:
        """Interests of the original, strongest first."""
        return sorted(self.original.interests, key=lambda one: -one.intensity)

    @property
    def new(self) -> list[int]:
        """What is recommended now and was not before."""
        before = {line.item for line in self.original.recommendations}
        return [line.item for line in self.answer.recommendations if line.item not in before]


@dataclass(frozen=True)
class Step:
    """pane: that gets the focus. version: of the sequence in this step, from the original and the
    original's answer. say: a sentence about it."""

    pane: str
    version: Callable[["Explorer", Version, Answer], Version]
    say: Callable[[Scene], str]


def _as_it_was(_explorer: "Explorer", start: Version, _answer: Answer) -> Version:
    return start


def _say_sequence(scene: Scene) -> str:
    count = len(scene.version.items)
    last = scene.title(scene.version.items[-1])
    letters = (
        "; the letters on the right are categories that the model found by itself"
        if scene.explorer.interests
        else ""
    )
    return f"These are the {count} items of this person, oldest first, up to {last}{letters}."


def _say_interests(scene: Scene) -> str:
    if not scene.strongest:
        return "This model has no interests; one that has, such as sigma, shows them here."
    named = [f"{scene.category(one)} {share(one.intensity)}" for one in scene.strongest[:2]]
    return (
        f"What it understood of them: {' and '.join(named)} of 1, a mix of "
        f"{scene.answer.entropy:.2f} bit; below is how it came about, item by item."
    )


def _say_recommendations(scene: Scene) -> str:
    answer = scene.answer
    best = answer.recommendations[0]
    said = f"What it recommends: first {scene.title(best.item)}, with {best.probability:.1%}"
    if answer.target is not None and answer.target_rank is not None:
        known = len(scene.explorer.catalogue.labels)
        said += (
            f"; what this person really took next, which it was not shown, it puts at "
            f"#{answer.target_rank:g} of {known:,}"
        )
    return said + "."


def _with_another_taste(explorer: "Explorer", start: Version, answer: Answer) -> Version:
    """One typical item of the category that is weakest in the sequence; without categories, the
    last recommendation."""
    if explorer.portraits:
        weakest = min(answer.interests, key=lambda one: one.intensity)
        candidates = explorer.portraits[weakest.category].top_items
    else:
        candidates = tuple(line.item for line in reversed(answer.recommendations))
    fresh = [item for item in candidates if item not in start.items]
    return start.insert(len(start.entries), fresh[0]) if fresh else start


def _say_added(scene: Scene) -> str:
    added = [entry.item for entry in scene.version.entries if entry.origin is None]
    if not added:
        return "There is nothing left to add that this person does not have."
    said = f"Now with one item more, {scene.title(added[0])}: "
    owner = scene.explorer.category_of(added[0])
    before = {one.category: one.intensity for one in scene.original.interests}
    after = {one.category: one for one in scene.answer.interests}
    if owner is not None and owner in after:
        was, now = share(before[owner]), share(after[owner].intensity)
        said += f"{scene.category(after[owner])} goes from {was} to {now}, and "
    return said + _new_ones(scene) + " u takes it back."


def _new_ones(scene: Scene) -> str:
    new, count = scene.new, len(scene.answer.recommendations)
    if not new:
        return f"the {count} recommendations stay the same."
    return f"{len(new)} of {count} recommendations are new, first {scene.title(new[0])}."


def _taste_of_the_list(answer: Answer) -> int | None:
    """The interest of the first recommendation that has items in the sequence."""
    for line in answer.recommendations:
        if line.category is not None and line.category in answer.item_interests:
            return line.category
    return None


def _without_that_taste(explorer: "Explorer", start: Version, answer: Answer) -> Version:
    """Without the items that the first recommendation belongs with, but never without all; in a
    model without interests, without the last item."""
    taste = _taste_of_the_list(answer)
    places = [place for place, owner in enumerate(answer.item_interests) if owner == taste]
    if not explorer.interests or taste is None:
        places = [len(start.entries) - 1]
    if len(places) == len(start.entries):
        places = places[1:]
    for place in reversed(places):
        start = start.remove(place)
    return start


def _say_removed(scene: Scene) -> str:
    count = len(scene.version.original) - len(scene.version.entries)
    if not count:
        return "There is only one item here, which has to stay."
    taste, items = _taste_of_the_list(scene.original), "item" if count == 1 else f"{count} items"
    before = {one.category: one for one in scene.original.interests}
    if taste is None or taste not in before:
        return f"And without the last item: {_new_ones(scene)}"
    now = {one.category: one.intensity for one in scene.answer.interests}.get(taste, 0.0)
    return (
        f"And without the {items} of {scene.category(before[taste])}, to which the first "
        f"recommendation belongs: it falls from {share(before[taste].intensity)} to {share(now)}, "
        f"and {_new_ones(scene)}"
    )


def _half_way(_explorer: "Explorer", start: Version, _answer: Answer) -> Version:
    return start.until(max(0, len(start.entries) // 2 - 1))


def _say_half_way(scene: Scene) -> str:
    answer = scene.answer
    said = f"Back in time with t: what it knew after {len(answer.items)} items"
    if answer.target is not None and answer.target_rank is not None:
        said += (
            f"; the next one really was {scene.title(answer.target)}, which it had at "
            f"#{answer.target_rank:g}"
        )
    return said + ". Now it is your turn: a adds, X undoes all, ? explains."


STEPS: tuple[Step, ...] = (
    Step("sequence", _as_it_was, _say_sequence),
    Step("interests", _as_it_was, _say_interests),
    Step("recommendations", _as_it_was, _say_recommendations),
    Step("interests", _with_another_taste, _say_added),
    Step("recommendations", _without_that_taste, _say_removed),
    Step("sequence", _half_way, _say_half_way),
)
