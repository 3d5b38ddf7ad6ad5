"""What is found out about an answer after it is on the screen: a piece at a time, so that the next
question never waits for more than one piece."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from engine.explore.piecework import Piecework
from engine.explore.survey import Survey
from engine.explore.trade_off import TradeOff

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer
    from engine.explore.stability import Stability
    from sigma_tui.beside.inference import Answered

Result = TypeVar("Result")

TOLD_EVERY = 0.5
"""Seconds between two tellings of how far a survey is."""
REASONS = 3
"""Items that are named as the reason for a recommendation, at most."""
FAVOURITES = 3
"""Items that stand for an interest."""


@dataclass(frozen=True)
class Afterthought:
    """Something about the answer with this number."""

    number: int


@dataclass(frozen=True)
class Steady(Afterthought):
    """stability: of each recommended item, the share of posterior samples in which it stays in the
    list."""

    stability: dict[int, float]


@dataclass(frozen=True)
class Why(Afterthought):
    """reasons: of each recommended item, the items of the sequence that speak for it, most
    influential first, with what they add to log p in nats; only those that add anything."""

    reasons: dict[int, tuple[tuple[int, float], ...]]


@dataclass(frozen=True)
class Foreseen(Afterthought):
    """ranks: of what came next after every prefix of the timeline, float64 [T]; see
    ``Explorer.foreseeing``."""

    ranks: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Favourites(Afterthought):
    """items: that stand for each interest."""

    items: dict[int, tuple[int, ...]]


@dataclass(frozen=True)
class Curve(Afterthought):
    """points: what diversity costs this list."""

    points: tuple[TradeOff, ...]


@dataclass(frozen=True)
class Surveyed:
    """How far the survey of all users is. ranks, diversity: see ``Survey``; copies."""

    done: int
    users: int
    ranks: npt.NDArray[np.float32]
    diversity: npt.NDArray[np.float32]

    @classmethod
    def of(cls, survey: Survey) -> "Surveyed":
        """What a survey knows now."""
        return cls(survey.done, len(survey.known), survey.ranks.copy(), survey.diversity.copy())


Thoughts = Iterator[Afterthought | None]
"""Pieces of work, each with what it found; None where it found nothing yet."""


def afterthoughts(explorer: "Explorer", answered: "Answered", *, curve: bool) -> Thoughts:
    """Does a piece of work at each step, what is missed most first. curve: whether the price of
    diversity is wanted."""
    answer = answered.answer
    if answer.items:
        if curve:
            yield from _curve(explorer, answered)
        if explorer.interests and not explorer.categories:
            yield Favourites(answered.number, explorer.typical_items(answer.items, FAVOURITES))
        if answer.recommendations:
            yield from _why(explorer, answered)
            yield from _steady(explorer, answered)
    if answered.question.over:
        yield from _foreseen(explorer, answered)


def surveying(explorer: "Explorer", survey: Survey) -> Iterator[Surveyed | None]:
    """Fills in a survey, a piece at each step."""
    told = time.monotonic()
    for _ in explorer.surveying(survey):
        if time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            yield Surveyed.of(survey)
        else:
            yield None
    yield Surveyed.of(survey)


def _curve(explorer: "Explorer", answered: "Answered") -> Thoughts:
    question = answered.question
    work = explorer.trading_off(
        question.items,
        k=question.k,
        hidden=question.hidden,
        only=question.only,
        steering=question.wanted_intensities,
    )
    return _then(work, lambda points: Curve(answered.number, points))


def _why(explorer: "Explorer", answered: "Answered") -> Thoughts:
    answer = answered.answer
    listed = [line.item for line in answer.recommendations]
    if len(answer.items) < 2:  # the only item is the only reason
        alone: tuple[tuple[int, float], ...] = ((answer.items[0], 0.0),)
        return iter((Why(answered.number, dict.fromkeys(listed, alone)),))

    def reasons(influence: npt.NDArray[np.float32]) -> Why:
        return Why(answered.number, strongest_reasons(answer.items, listed, influence))

    return _then(explorer.influencing(answer.items, listed), reasons)


def strongest_reasons(
    items: tuple[int, ...], listed: list[int], influence: npt.NDArray[np.float32]
) -> dict[int, tuple[tuple[int, float], ...]]:
    """Of each recommendation the items that speak for it, with what they add in nats.

    influence: float [T, R]. An item that stands twice in the sequence is named once.
    """
    reasons = {}
    for item, column in zip(listed, influence.T, strict=True):
        best: dict[int, float] = {}
        for place in np.argsort(-column, kind="stable").tolist():
            if column[place] <= 0 or len(best) == REASONS:
                break
            best.setdefault(items[place], float(column[place]))
        reasons[item] = tuple(best.items())
    return reasons


def _steady(explorer: "Explorer", answered: "Answered") -> Thoughts:
    if not explorer.has_posterior:
        return iter(())
    question = answered.question
    listed = [line.item for line in answered.answer.recommendations]

    def shares(found: "Stability") -> Steady:
        stays = found.among(question.k).tolist()
        return Steady(answered.number, dict(zip(listed, stays, strict=True)))

    work = explorer.sampling(
        question.items,
        listed,
        hidden=question.hidden,
        only=question.only,
        steering=question.wanted_intensities,
        diversity_weight=question.diversity,
    )
    return _then(work, shares)


def _foreseen(explorer: "Explorer", answered: "Answered") -> Thoughts:
    question = answered.question
    work = explorer.foreseeing(question.over, question.after)
    return _then(work, lambda ranks: Foreseen(answered.number, ranks))


def _then(work: Piecework[Result], tell: Callable[[Result], Afterthought]) -> Thoughts:
    """Does the work; its result is what the last step finds."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            yield tell(end.value)
            return
        yield None
