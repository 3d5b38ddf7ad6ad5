"""From a question to an analysis: asks an explorer and writes down what it says."""

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.explore.answer import Answer
from engine.explore.categories import letter_of
from engine.explore.edits import steps_to
from engine.explore.piecework import Piecework
from engine.explore.versions import Mark, Version
from engine.training.runs import summarise
from sigma_tui import __version__
from sigma_tui.beside.afterthoughts import FAVOURITES, strongest_reasons
from sigma_tui.sharing.command import equivalent_command
from sigma_tui.sharing.records import (
    Analysis,
    Diversity,
    Facts,
    GoneLine,
    InterestLine,
    Reading,
    RecommendationLine,
    SequenceLine,
    TargetLine,
    TimelineLine,
    Wishes,
)
from sigma_tui.sharing.subject import Subject
from sigma_tui.typed.asking import Asked
from sigma_tui.typed.edit_words import words_of

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

CHANGES: dict[Mark, str] = {"": "", "+": "added", "-": "removed", "~": "replaced", "↕": "moved"}
HELD_OUT, CAME_NEXT = "held-out next item", "what really came next"
Result = TypeVar("Result")


def facts_of(explorer: "Explorer", run: Path, *, now: datetime | None = None) -> Facts:
    """Where an explorer's numbers come from. run: its directory. Raises RunError if it is gone."""
    trained = summarise(run)
    data = explorer.interactions
    return Facts(
        program=f"sigma-tui {__version__}",
        written=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        run=explorer.run_name,
        model=trained.model,
        preset=trained.preset,
        epochs=trained.best_epoch,
        metrics=dict(explorer.metrics),
        dataset=data.name,
        fingerprint=data.fingerprint,
        users=len(data.users),
        items=len(data.item_labels),
        interactions=len(data.items),
    )


def analyse(
    explorer: "Explorer",
    subject: Subject,
    facts: Facts,
    turn: AbstractContextManager[object] | None = None,
) -> Analysis:
    """Everything about a subject and its scenarios.

    turn: is entered for each question, so that others may ask the same explorer in between.
    Raises QuestionError as the explorer does.
    """
    asker = _Asker(explorer, subject, turn or nullcontext())
    titles = explorer.catalogue.titles
    return Analysis(
        facts=facts,
        user=subject.asked.user,
        wishes=Wishes(
            k=subject.k,
            steering={letter_of(one): value for one, value in sorted(subject.steering.items())},
            diversity_weight=subject.diversity_weight,
            hidden=tuple(titles[item - 1] for item in sorted(subject.hidden)),
            only=letter_of(subject.only) if isinstance(subject.only, int) else subject.only,
        ),
        now=asker.reading("", subject.asked),
        scenarios=tuple(
            asker.reading(name, Asked(subject.asked.user, version, subject.asked.held_out))
            for name, version in subject.scenarios
        ),
        command=equivalent_command(subject, explorer.catalogue.labels),
    )


class _Asker:
    """Asks about several versions of one original."""

    def __init__(
        self, explorer: "Explorer", subject: Subject, turn: AbstractContextManager[object]
    ) -> None:
        self._explorer, self._subject, self._turn = explorer, subject, turn
        self._catalogue = explorer.catalogue
        with turn:
            self._reference = explorer.answer(
                subject.asked.version.original,
                k=subject.k,
                target=subject.asked.held_out,
                hidden=subject.hidden,
                only=subject.only,
            )

    def reading(self, name: str, asked: Asked) -> Reading:
        """What the model says of one version."""
        subject, explorer = self._subject, self._explorer
        with self._turn:
            answer = explorer.answer(
                asked.items,
                k=subject.k,
                target=asked.target,
                hidden=subject.hidden,
                only=subject.only,
                steering=subject.steering or None,
                diversity_weight=subject.diversity_weight,
            )
        reference = self._reference
        listed = {line.item for line in answer.recommendations}
        return Reading(
            name=name,
            edits=tuple(words_of(step, self._catalogue.labels) for step in steps_to(asked.version)),
            sequence=self._sequence(asked.version, answer),
            interests=self._interests(answer),
            entropy=answer.entropy,
            entropy_before=reference.entropy,
            letters=tuple(letter_of(category) for category in range(explorer.interests)),
            timeline=self._timeline(asked),
            recommendations=self._recommendations(answer),
            gone=tuple(
                GoneLine(line.rank, *self._item(line.item))
                for line in reference.recommendations
                if line.item not in listed and answer.recommendations
            ),
            target=self._target(asked, answer),
            diversity=Diversity(
                answer.diversity,
                reference.diversity,
                answer.diversity_learned,
                reference.diversity_learned,
                answer.without_categories,
                answer.coverage,
                answer.novelty,
            ),
        )

    def _item(self, item: int) -> tuple[str, str]:
        """Label and title."""
        return self._catalogue.labels[item - 1], self._catalogue.titles[item - 1]

    def _titles(self, items: tuple[int, ...] | list[int]) -> tuple[str, ...]:
        return tuple(self._catalogue.titles[item - 1] for item in items)

    def _category(self, category: int | None) -> tuple[str | None, str]:
        """Letter and name; a personal interest has no name."""
        if category is None:
            return None, ""
        portraits = self._explorer.portraits
        return letter_of(category), portraits[category].name if portraits else ""

    def _sequence(self, version: Version, answer: Answer) -> tuple[SequenceLine, ...]:
        seen = [place for place, entry in enumerate(version.entries) if not entry.muted]
        owners = dict(zip(seen, answer.item_interests, strict=True)) if answer.items else {}
        lines = []
        for row in version.rows():
            owner = self._explorer.category_of(row.item)
            if owner is None and row.place is not None:
                owner = owners.get(row.place)
            lines.append(
                SequenceLine(
                    None if row.place is None else row.place + 1,
                    *self._item(row.item),
                    self._catalogue.categories[row.item - 1],
                    *self._category(owner),
                    CHANGES[row.mark],
                    row.muted,
                    None if row.was is None else self._catalogue.titles[row.was - 1],
                )
            )
        return tuple(lines)

    def _interests(self, answer: Answer) -> tuple[InterestLine, ...]:
        with self._turn:
            typical: Mapping[int, tuple[int, ...]] = self._explorer.typical_items(
                answer.items, FAVOURITES
            )
        before = {one.category: one.intensity for one in self._reference.interests}
        return tuple(
            InterestLine(
                letter_of(one.category),
                self._category(one.category)[1],
                one.intensity,
                before.get(one.category),
                answer.steered[one.category] if answer.steered else None,
                one.spread,
                one.hard_count,
                self._titles(typical.get(one.category, ())),
            )
            for one in sorted(answer.interests, key=lambda one: -one.intensity)
        )

    def _timeline(self, asked: Asked) -> tuple[TimelineLine, ...]:
        if not self._explorer.interests or not asked.items:
            return ()
        with self._turn:
            timeline = self._explorer.timeline(asked.items)
        ranks = self._finish(self._explorer.foreseeing(asked.items, asked.target))
        places = [place for place, entry in enumerate(asked.version.entries) if not entry.muted]
        return tuple(
            TimelineLine(
                place + 1,
                *self._item(item),
                tuple(map(float, row)),
                float(rank) if math.isfinite(rank) else None,
            )
            for place, item, row, rank in zip(places, asked.items, timeline, ranks, strict=True)
        )

    def _finish(self, work: Piecework[Result]) -> Result:
        """Does long work, with a turn for each piece of it."""
        while True:
            with self._turn:
                try:
                    next(work)
                except StopIteration as end:
                    result: Result = end.value
                    return result

    def _recommendations(self, answer: Answer) -> tuple[RecommendationLine, ...]:
        listed = [line.item for line in answer.recommendations]
        reasons = self._reasons(answer.items, listed)
        stability = self._stability(answer.items, listed)
        before = {line.item: line.rank for line in self._reference.recommendations}
        return tuple(
            RecommendationLine(
                line.rank,
                before.get(line.item),
                *self._item(line.item),
                self._catalogue.categories[line.item - 1],
                *self._category(line.category),
                line.score,
                line.probability,
                line.membership,
                stability[place],
                self._titles([item for item, _ in reasons.get(line.item, ())]),
            )
            for place, line in enumerate(answer.recommendations)
        )

    def _reasons(
        self, items: tuple[int, ...], listed: list[int]
    ) -> dict[int, tuple[tuple[int, float], ...]]:
        """Of each recommendation, the items that speak for it most."""
        if len(items) < 2 or not listed:
            return {}
        influence = self._finish(self._explorer.influencing(items, listed))
        return strongest_reasons(items, listed, influence)

    def _stability(self, items: tuple[int, ...], listed: list[int]) -> list[float | None]:
        """Of each recommendation, how sure it is; None for a model that has no posterior."""
        if not listed or not self._explorer.has_posterior:
            return [None] * len(listed)
        subject = self._subject
        stability = self._finish(
            self._explorer.sampling(
                items,
                listed,
                hidden=subject.hidden,
                only=subject.only,
                steering=subject.steering or None,
                diversity_weight=subject.diversity_weight,
            )
        )
        return [float(share) for share in stability.among(subject.k)]

    def _target(self, asked: Asked, answer: Answer) -> TargetLine | None:
        if answer.target is None:
            return None
        held_out = not asked.is_cut
        return TargetLine(
            HELD_OUT if held_out else CAME_NEXT,
            *self._item(answer.target),
            answer.target_rank,
            self._reference.target_rank if held_out else None,
        )
