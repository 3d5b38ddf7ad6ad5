"""The part of a training before its first step: where a model's parameters begin."""

import time
from collections.abc import Callable
from concurrent.futures import CancelledError

from engine.errors import TrainingError
from engine.models.protocol import Recommender
from engine.sequences.sequence_set import SequenceSet
from engine.training.memory import is_out_of_memory
from engine.training.progress import Listener

SECONDS_BETWEEN_WORDS = 2.0
"""An event comes at most this often while it is found where a model begins."""

NO_MEMORY = (
    "the memory of this machine was full while it was found where items begin. Have them begin at "
    "random, in a new run with --set initial=random; or close other programs that want memory."
)


def begin(
    model: Recommender, training: SequenceSet, tell: Listener, should_stop: Callable[[], bool]
) -> bool:
    """Has a model find where it begins, see ``Recommender.begin``; False if it is to stop instead,
    with the model as it was.

    tell: told events ``begin`` meanwhile, none where nothing has to be found. should_stop: asked
    before every piece of the work. Raises TrainingError if memory runs out.
    """
    words = _Words(tell)

    def tick() -> None:
        words.say()
        if should_stop():
            raise CancelledError

    try:
        model.begin(training, tick)
    except CancelledError:
        return False
    except MemoryError:
        raise TrainingError(NO_MEMORY) from None
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise TrainingError(NO_MEMORY) from None
        raise
    words.found()
    return True


class _Words:
    """Tells that it is being found where a model begins, and at the end that it is."""

    def __init__(self, tell: Listener) -> None:
        self._tell = tell
        self._started = time.perf_counter()
        self._said: float | None = None

    def say(self) -> None:
        now = time.perf_counter()
        if self._said is None or now - self._said >= SECONDS_BETWEEN_WORDS:
            self._said = now
            self._event(found=False)

    def found(self) -> None:
        if self._said is not None:
            self._event(found=True)

    def _event(self, *, found: bool) -> None:
        seconds = time.perf_counter() - self._started
        self._tell({"event": "begin", "found": found, "seconds": seconds})
