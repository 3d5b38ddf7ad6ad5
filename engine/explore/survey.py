"""Every user of a dataset asked alike: the rank of the held-out item, and Diversity@10 of the list.

That takes a forward pass for each, so it is done in pieces, and kept in a file: a run that was
surveyed once is not surveyed again.
"""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.own_files import make_private
from engine.scratch import written_whole

SURVEY_K = 10
"""Length of the lists whose diversity is told."""


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
        with suppress(OSError):
            make_private(self._file.parent)
            with written_whole(self._file) as opened:
                np.savez(opened, known=self.known, ranks=self.ranks, diversity=self.diversity)

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
