"""Every user of a dataset asked alike: the rank of the held-out item, and Diversity@10 of the list.

That takes a forward pass for each, so it is done in pieces, and kept in a file: a run that was
surveyed once is not surveyed again.
"""

import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine.evaluation.diversity import list_diversity
from engine.evaluation.ranking import SCORES_HELD, target_ranks
from engine.explore.piecework import Piecework, in_pieces
from engine.models.protocol import Recommender
from engine.sequences.sequence_set import SequenceSet

SURVEY_K = 10
"""Length of the lists whose diversity is told."""
KEPT_EVERY = 10.0
"""Seconds of work after which what is known so far is written."""


class Survey:
    """What is known of each of U users; grows while it is worked on, in one thread.

    known: bool [U]. ranks: float32 [U], of the last item after those before it; infinite if it was
    there before, NaN if unknown or if there is nothing before it. diversity: float32 [U], NaN if
    unknown or without any categories. file: where it is kept, if anywhere.
    """

    def __init__(self, users: int, file: Path | None = None) -> None:
        self.known = np.zeros(users, dtype=np.bool_)
        self.ranks = np.full(users, np.nan, dtype=np.float32)
        self.diversity = np.full(users, np.nan, dtype=np.float32)
        self._file = file
        self._read()

    @property
    def done(self) -> int:
        """Users that are known."""
        return int(np.count_nonzero(self.known))

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self.known.all())

    def note(
        self,
        users: npt.NDArray[np.int64],
        ranks: npt.NDArray[np.float64],
        diversity: npt.NDArray[np.float64],
    ) -> None:
        """Takes down what was found of some users."""
        self.ranks[users], self.diversity[users], self.known[users] = ranks, diversity, True

    def keep(self) -> None:
        """Writes it where it is kept; a full disk costs no more than asking again next time."""
        if self._file is None:
            return
        scratch = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with scratch.open("wb") as opened:
                np.savez(opened, known=self.known, ranks=self.ranks, diversity=self.diversity)
            scratch.replace(self._file)
        except OSError:
            scratch.unlink(missing_ok=True)

    def _read(self) -> None:
        if self._file is None or not self._file.is_file():
            return
        try:
            with np.load(self._file, allow_pickle=False) as kept:
                read = [kept[name] for name in ("known", "ranks", "diversity")]
        except (OSError, ValueError, KeyError, EOFError):
            return  # damaged: as if it had never been there
        own = [self.known, self.ranks, self.diversity]
        if all(a.shape == b.shape and a.dtype == b.dtype for a, b in zip(read, own, strict=True)):
            self.known, self.ranks, self.diversity = read


def survey_file(folder: Path, checkpoint: Path, fingerprint: str) -> Path:
    """Where the survey of a checkpoint on some data is kept."""
    about = checkpoint.stat()
    told = f"{checkpoint.resolve()}|{about.st_size}|{about.st_mtime_ns}|{fingerprint}|{SURVEY_K}"
    return folder / f"{sha256(told.encode()).hexdigest()[:32]}.npz"


@torch.inference_mode()
def survey_users(
    model: Recommender,
    sequences: SequenceSet,
    survey: Survey,
    categories_of: Callable[[int], frozenset[object]] | None,
) -> Piecework[None]:
    """Fills in what a survey does not know yet, shortest sequences first.

    Each user is asked about as the explorer does it: all items but the last one. categories_of: of
    an item, for Diversity@10; None where there are none.
    """
    lengths = sequences.lengths.cpu().numpy()
    alone = np.flatnonzero(lengths < 2)
    nothing = np.full(len(alone), np.nan)
    survey.note(alone, nothing, nothing)
    left = np.flatnonzero(~survey.known)
    left = left[np.argsort(lengths[left], kind="stable")]
    written = time.monotonic()

    def ask(rows: slice) -> None:
        nonlocal written
        users = torch.from_numpy(left[rows]).to(sequences.items.device)
        asked = sequences.questions(users, "test", model.max_length)
        scores = model.scores(asked.items, asked.lengths)
        scores.scatter_(1, sequences.questions(users, "test").items, -torch.inf)
        ranks = target_ranks(scores, asked.targets)
        diversity = np.full(len(users), np.nan)
        if categories_of is not None:
            best = scores.topk(min(SURVEY_K, model.items))
            for row, (items, values) in enumerate(
                zip(best.indices.tolist(), best.values.tolist(), strict=True)
            ):
                listed = [i for i, v in zip(items, values, strict=True) if v > -np.inf]
                found = list_diversity([categories_of(item) for item in listed])
                diversity[row] = np.nan if found is None else found
        survey.note(left[rows], ranks.numpy(), diversity)
        if time.monotonic() - written > KEPT_EVERY:
            survey.keep()
            written = time.monotonic()

    yield from in_pieces(len(left), ask, most=max(1, min(512, SCORES_HELD // (model.items + 1))))
    survey.keep()
