"""What would have to be different? The smallest change of a sequence that brings an item into the
top K, or sends a recommendation out of it.

Changes are tried, not guessed: every sequence that is tried is scored by the model, in batches.
Tried are, in this order,

one removal     each place of the sequence: exact
one added item  each item of the catalogue at the end, likely ones first: exact if all were tried
two removals    each pair of places, likely ones first: exact if all were tried
more removals   a beam search over the places that matter most alone (leave-one-out): a set that it
                finds does it, but there may be a smaller one

An item is sent out by removals only, and where one removal does it, pairs are not tried. A stage
ends early when its part of the budget is spent, and says so.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import islice, product

import numpy as np
import torch

from engine.evaluation.ranking import SCORES_HELD
from engine.explore.change import Aim, Budget, Change, Searched, Stage
from engine.models.protocol import Recommender, right_padded

BATCH = 128
"""Sequences scored at a time at most."""
LONGEST_STEP = 0.2
"""Seconds that a batch should take at most: so often may one cancel, or ask something else."""
SHARES: dict[Stage, float] = {
    "one removal": 1.0,
    "one added item": 0.5,
    "two removals": 0.7,
    "more removals": 1.0,
}
"""What a stage may use of the budget that is left when it begins."""
BEAM = 8
"""Sets of removals that are carried on from one size to the next."""
PLACES = 24
"""Places that the beam search takes out, those that matter most alone."""
LARGEST = 12
"""Removals in a set at most."""
PAIRED = 1_000
"""Places of which all pairs are tried; of a longer sequence those that matter most alone."""
KEPT = 10
"""Changes of a kind that are told, the strongest ones."""


def smallest_change(
    model: Recommender,
    sequence: Sequence[int],
    item: int,
    device: torch.device,
    *,
    k: int,
    hidden: frozenset[int] = frozenset(),
    additions: Sequence[int] = (),
    budget: Budget | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Searched]:
    """Searches for the smallest change; says after every batch how far it has come.

    The search goes on only as long as it is asked for more: to cancel it, stop asking.

    sequence: ids, oldest first. item: brought into the top K if it is not there, else sent out.
    hidden: items that are never recommended, not the asked one. additions: items to try at the end,
    likely ones first. budget: None takes the usual one.

    To remove everything is no change that counts, as an empty sequence recommends nothing.
    """
    search = _Search(model, sequence, item, device, k, hidden, additions, budget or Budget(), clock)
    yield from search.run()


Tried = tuple[tuple[int, ...], int | None]
"""A change that is tried: places removed, an item added."""
Ranks = dict[Tried, int]
Trying = Generator[Searched, None, Ranks]


class _Search:
    """One search.

    What decides ranks after a window is kept: to a model that sees the end of a long sequence only,
    many changes look the same.
    """

    def __init__(
        self,
        model: Recommender,
        sequence: Sequence[int],
        item: int,
        device: torch.device,
        k: int,
        hidden: frozenset[int],
        additions: Sequence[int],
        budget: Budget,
        clock: Callable[[], float],
    ) -> None:
        self._model, self._device = model, device
        self._sequence, self._item, self._k, self._hidden = tuple(sequence), item, k, hidden
        self._additions = [other for other in additions if other != item]
        self._budget, self._clock, self._started = budget, clock, clock()
        self._watched = sorted({*self._sequence, *hidden} - {item})
        # An item of the sequence comes into no list before it has left the sequence.
        self._must = tuple(place for place, one in enumerate(self._sequence) if one == item)
        self._most = max(1, min(BATCH, SCORES_HELD // (model.items + 1)))
        self._rows = min(16, self._most)  # until it is known how long one takes
        self._known: dict[tuple[int, ...], tuple[int, frozenset[int]]] = {}
        self._aim: Aim = "in"
        self._rank: int | None = None
        self._scored = 0
        self._found: list[Change] = []
        self._count = 0
        self._stage: Stage = "one removal"
        self._tried: dict[Stage, tuple[int, int]] = {}
        self._complete: set[Stage] = set()

    def run(self) -> Iterator[Searched]:
        """All stages in turn, and the last word."""
        if self._sequence and not self._must:
            self._aim = "out"
            self._rank = self._ranks([((), None)])[0]
            if self._rank > self._k:
                self._aim, self._known = "in", {}  # equals count against what is looked for
        alone = yield from self._try("one removal", self._removals(1))
        if self._aim == "in" and not self._must:
            added: list[Tried] = [((), item) for item in self._additions]
            yield from self._try("one added item", added)
        if not self._removals_found:
            pairs = yield from self._try("two removals", self._removals(2, alone))
            if len(self._sequence) > PAIRED:
                self._complete.discard("two removals")
            yield from self._remove_more(alone, pairs)
        yield self._told(ended=True)

    def _removals(self, size: int, alone: Ranks | None = None) -> list[Tried]:
        """All sets of one or two removals, those first whose places matter most alone."""
        places = [place for place in range(len(self._sequence)) if place not in self._must]
        free = size - len(self._must)
        if free < 0 or size >= len(self._sequence) or free > len(places):
            return []
        if free == 0:
            return [(self._must, None)]
        if free == 1:
            return [(tuple(sorted((*self._must, place))), None) for place in places]
        places = self._by_influence(places, alone or {})[:PAIRED]
        # Rising sums of positions in that order: the pairs of what matters most come first.
        first, second = np.triu_indices(len(places), 1)
        order = np.argsort(first + second, kind="stable")
        chosen = np.asarray(places)[np.stack((first[order], second[order]), axis=1)]
        return [((min(pair), max(pair)), None) for pair in chosen.tolist()]

    def _remove_more(self, alone: Ranks, pairs: Ranks) -> Iterator[Searched]:
        """A beam search from the best pairs, or from what has to go in any case."""
        places = self._by_influence(range(len(self._sequence)), alone)[:PLACES]
        beam = self._best(pairs or alone) or [self._must]
        smallest = max(3, len(self._must))
        for size in range(smallest, min(LARGEST + len(self._must), len(self._sequence))):
            if self._removals_found:
                return
            grown = {
                tuple(sorted({*removed, place})) for removed, place in product(beam, places)
            } | {self._must}
            wanted: list[Tried] = [(one, None) for one in sorted(grown) if len(one) == size]
            ranks = yield from self._try("more removals", wanted)
            self._complete.discard("more removals")
            beam = self._best(ranks) or beam
            if len(ranks) < len(wanted):  # the budget is spent
                return

    def _best(self, ranks: Ranks) -> list[tuple[int, ...]]:
        """Removals to go on from."""
        return [removed for removed, _ in sorted(ranks, key=lambda one: self._order(ranks[one]))][
            :BEAM
        ]

    def _by_influence(self, places: Iterable[int], alone: Ranks) -> list[int]:
        """Places, those first without which the item is nearest to where it is wanted."""
        last = self._order(self._model.items if self._aim == "in" else 0)
        return sorted(
            places,
            key=lambda place: (
                self._order(alone[(place,), None]) if ((place,), None) in alone else last
            ),
        )

    def _order(self, rank: int) -> int:
        """Lower is better for what is looked for."""
        return rank if self._aim == "in" else -rank

    @property
    def _removals_found(self) -> bool:
        return any(change.added is None for change in self._found)

    def _try(self, stage: Stage, changes: Sequence[Tried]) -> Trying:
        """Tries changes, as many as the stage may; tells after every batch. Returns the ranks."""
        self._stage = stage
        part = SHARES[stage]
        sequences = self._scored + part * (self._budget.sequences - self._scored)
        seconds = self._seconds + part * (self._budget.seconds - self._seconds)
        before, whole = self._tried.get(stage, (0, 0))
        self._tried[stage] = (before, whole + len(changes))
        rest = iter(changes)
        ranks: Ranks = {}
        while some := list(islice(rest, self._rows)):
            if self._scored >= sequences or self._seconds >= seconds:
                return ranks
            found = dict(zip(some, self._ranks(some), strict=True))
            ranks |= found
            self._keep(found)
            self._tried[stage] = (before + len(ranks), whole + len(changes))
            yield self._told()
        self._complete.add(stage)
        return ranks

    def _keep(self, ranks: Ranks) -> None:
        """Those that do it, the strongest of each kind."""
        new = [
            Change(*tried, rank)
            for tried, rank in ranks.items()
            if (rank <= self._k) == (self._aim == "in")
        ]
        self._count += len(new)
        found = self._found + new
        found.sort(key=lambda change: (change.size, self._order(change.rank)))
        removals = [change for change in found if change.added is None]
        added = [change for change in found if change.added is not None]
        self._found = sorted(
            removals[:KEPT] + added[:KEPT],
            key=lambda change: (change.size, self._order(change.rank)),
        )

    def _ranks(self, changes: Sequence[Tried]) -> list[int]:
        """The item's rank after each change."""
        sequences = [Change(*tried, 0).of(self._sequence) for tried in changes]
        windows = [tuple(sequence[-self._model.max_length :]) for sequence in sequences]
        added = sorted({extra for _, extra in changes if extra is not None})
        self._learn(list(dict.fromkeys(windows)), added)
        ranks = []
        for sequence, window in zip(sequences, windows, strict=True):
            ahead, watched = self._known[window]
            ranks.append(1 + ahead - len(watched & {*sequence, *self._hidden}))
        return ranks

    @torch.inference_mode()
    def _learn(self, windows: list[tuple[int, ...]], added: list[int]) -> None:
        """How many items are ahead of the asked one after each window, and which of those that may
        be out of the list; with equal scores they count as ahead where it is to come in."""
        new = [window for window in windows if window not in self._known]
        if not new:
            return
        began = time.perf_counter()
        padded = right_padded([list(window) for window in new], self._model.max_length)
        scores = self._model.scores(*(part.to(self._device) for part in padded))
        own = scores[:, self._item, None]
        ahead = scores >= own if self._aim == "in" else scores > own
        ahead[:, self._item] = False
        watched = sorted({*self._watched, *added})
        columns = torch.tensor(watched, dtype=torch.int64, device=scores.device)
        ids = np.asarray(watched)
        counts = ahead.sum(dim=1).tolist()
        for window, count, row in zip(new, counts, ahead[:, columns].cpu().numpy(), strict=True):
            self._known[window] = (count, frozenset(ids[row].tolist()))
        self._scored += len(new)
        each = (time.perf_counter() - began) / len(new)
        self._rows = max(1, min(self._most, 2 * self._rows, int(LONGEST_STEP / max(each, 1e-9))))

    @property
    def _seconds(self) -> float:
        return self._clock() - self._started

    def _told(self, *, ended: bool = False) -> Searched:
        done, whole = self._tried.get(self._stage, (0, 0))
        return Searched(
            aim=self._aim,
            rank=self._rank,
            stage=self._stage,
            done=done,
            whole=whole,
            scored=self._scored,
            seconds=self._seconds,
            found=tuple(self._found),
            count=self._count,
            complete=frozenset(self._complete),
            tried=tuple((stage, *counts) for stage, counts in self._tried.items()),
            ended=ended,
        )
