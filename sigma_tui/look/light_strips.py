"""Lines of a picture that are made at a fraction of Textual's cost.

Textual 8.2 gives each line, and each part that it cuts of one, seven caches when it is made; most
are never used. Making them was a quarter of all that the screen's thread did in a minute's use, so
here each is made when something first asks for it. What they hold is as before.
"""

from collections.abc import Iterable
from typing import Any

from rich.segment import Segment
from textual.cache import FIFOCache
from textual.strip import Strip

CACHES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""Of a strip, with the size of each."""
OWN = frozenset({"_segments", "_cell_length", "_render_cache", "_link_ids", "_cell_count"})
"""All else that a strip holds."""
ORIGINAL = Strip.__init__
"""As Textual makes one."""


def _init(self: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
    self._segments = list(segments)
    self._cell_length = cell_length
    self._render_cache = None
    self._link_ids = None
    self._cell_count = None


def _missing(self: Strip, name: str) -> Any:
    """Called for what a strip has a place for and nothing in it."""
    size = CACHES.get(name)
    if size is None:
        raise AttributeError(name)
    cache: FIFOCache[Any, Any] = FIFOCache(size)
    setattr(self, name, cache)
    return cache


def lighten() -> None:
    """Is called once, before an app runs; again changes nothing. Another Textual, whose strips
    hold something else, is left as it is."""
    if frozenset(Strip.__slots__) == OWN | CACHES.keys():
        Strip.__init__ = _init  # type: ignore[method-assign]
        Strip.__getattr__ = _missing  # type: ignore[attr-defined]
