"""What the engine alone takes to answer, on a made and untrained model: no screen."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from engine.bench.measurement import Timing, seconds_of
from engine.explore.explorer import Explorer
from engine.library.contents import Catalogue, Interactions
from engine.models.registry import build, model_settings

BURN_IN = 3
FEWEST, LONGEST = 5, 40.0
"""A question that has been asked so often is not asked again once it has taken so many seconds."""


@dataclass(frozen=True)
class AnswerTimes:
    """Milliseconds of each question. appended: one item more than a known sequence. removed: an
    item less, anywhere. whole: nothing known. influence: of every item on the ten best, one batch.
    samples: 64 of the posterior."""

    appended: Timing
    removed: Timing
    whole: Timing
    influence: Timing
    samples: Timing


def made_explorer(items: int, length: int, device: torch.device) -> Explorer:
    """SIGMA with random weights over a catalogue without titles."""
    torch.manual_seed(0)
    model = build("sigma", items, model_settings("sigma", {"max_length": length}), 0).to(device)
    history = np.arange(1, length + 1, dtype=np.int32)
    interactions = Interactions("made", "", ["reader"], [], history, np.array([0, length]))
    nothing: list[tuple[str, ...]] = [()] * items
    catalogue = Catalogue([""] * items, [""] * items, nothing, np.ones(items, dtype=np.int64))
    return Explorer(model, interactions, catalogue, run_name="made")


def answer_times(
    items: int,
    *,
    length: int = 100,
    repeats: int = 50,
    device: torch.device,
    tell: Callable[[str], object] = lambda _: None,
) -> AnswerTimes:
    """Measures every kind of question; none is asked twice, so that nothing is known already.

    repeats: of each, fewer where it takes long. tell: told which one is being measured."""
    explorer = made_explorer(items, length, device)
    chance = random.Random(0)
    sequence = [chance.randint(1, items) for _ in range(length)]
    target = chance.randint(1, items)
    listed = [line.item for line in explorer.answer(sequence, target=target).recommendations]

    def timed(name: str, ask: Callable[[], object]) -> Timing:
        tell(name)
        for _ in range(BURN_IN):
            ask()
        taken: list[float] = []
        while len(taken) < repeats and (len(taken) < FEWEST or sum(taken) < LONGEST):
            taken.append(seconds_of(ask))
        return Timing.of([1000.0 * one for one in taken])

    def appended() -> None:
        explorer.answer([*sequence[:-1], chance.randint(1, items)], target=target)

    def removed() -> None:
        place = chance.randrange(length)
        changed = [*sequence[:place], *sequence[place + 1 :]]
        changed[-1] = chance.randint(1, items)
        explorer.answer(changed, target=target)

    def whole() -> None:
        explorer.answer([chance.randint(1, items) for _ in range(length)], target=target)

    return AnswerTimes(
        appended=timed("an item appended", appended),
        removed=timed("an item removed", removed),
        whole=timed("another sequence", whole),
        influence=timed("influence", lambda: explorer.influence(sequence, listed)),
        samples=timed("posterior samples", lambda: explorer.stability(sequence, listed)),
    )
