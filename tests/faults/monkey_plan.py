"""What the monkey does: a list of words made from a seed alone, so that it can be done again.

Each is one line: ``key d``, ``text abc``, ``paste abc``, ``click 12 4``, ``drag 1 2 30 4``,
``wheel 12 4 1``, ``size 80 24``, ``other remove-run tiny``, ``home``, ``rest``, ``wait``,
``check``, ``end``.
"""

import random
from collections.abc import Iterator

from sigma_tui.keys.actions import ACTIONS

LEAVING = {"leave"}
KEYS = sorted({key for one in ACTIONS if one.id not in LEAVING for key in one.key.split(",")})
WALKING = ("up", "down", "left", "right", "enter", "tab", "shift+tab", "home", "end", "space")
CHANGING = ("a", "d", "K", "J", "i", "full_stop", "r", "t", "plus", "space", "u", "U", "X")
LETTERS = "abiu01239 .,:;=-_/\\'\"[]{}<>()@#%$|é文עَ👩‍🚀"
"""None of them lets a terminal do anything; parts of titles, markup, paths and settings."""
SMALLEST, LARGEST = (20, 5), (200, 50)
SIZES = (SMALLEST, (40, 12), (80, 24), (99, 30), (100, 30), (120, 36), (160, 45), LARGEST)
RUNS, DATA = ("tiny", "own"), ("small", "other")
OTHERS = (
    *(f"{what} {name}" for what in ("remove-run", "bring-run", "bring-run") for name in RUNS),
    *(f"{what} {name}" for what in ("remove-data", "bring-data", "bring-data") for name in DATA),
    "change-data small", "bring-data small", "cut-run tiny", "bring-run tiny", "spoil-run own",
    "bring-run own", "hold-library x",
)  # fmt: skip
"""What another process does to runs and data meanwhile; each harm is mended more often."""
WAYS = {
    "explorer": ("1", "home", "enter", None),
    "other run": ("1", "end", "enter", None),
    "dataset": ("2", "home", "enter", None),
    "import": ("i", None),
    "training": ("1", "home", "w", None),
    "train": ("2", "t", None),
    "demo": ("d", None),
    "map": ("1", "home", "enter", None, "M", None),
    "item": ("1", "home", "enter", None, "4", "enter", None),
    "categories": ("1", "home", "enter", None, "C", None),
    "compare": ("1", "home", "enter", None, "v", "enter", None),
    "scenarios": ("1", "home", "enter", None, "d", "S", None),
    "settings": ("comma",),
}
"""How screens are reached from home; None waits until it stands."""


def visits(way: str, times: int) -> Iterator[str]:
    """Goes to a screen and home again, so often, and rests each time."""
    for _ in range(times):
        yield from ("wait" if key is None else f"key {key}" for key in WAYS[way])
        yield from ("key down", "key tab", "key down", "wait", "rest")
    yield "end"


def plan(seed: int, keys: int) -> Iterator[str]:
    """Words with at least so many keys and mouse events; the last one is ``end``."""
    chance = random.Random(seed)
    width, height = 120, 36
    done = 0
    while done < keys:
        made = list(_some(chance, width, height))
        for word in made:
            if word.startswith("size"):
                width, height = (int(number) for number in word.split()[1:])
        yield from made
        done += len(made)
    yield "end"


def _some(chance: random.Random, width: int, height: int) -> Iterator[str]:
    """A handful of words of one kind."""

    def place() -> str:
        return f"{chance.randrange(width)} {chance.randrange(height)}"

    kind = chance.random()
    if kind < 0.56:
        yield from (f"key {chance.choice(KEYS)}" for _ in range(chance.randint(1, 12)))
    elif kind < 0.70:
        yield from (f"key {chance.choice(WALKING)}" for _ in range(chance.randint(1, 20)))
    elif kind < 0.79:
        yield "key 2"
        for _ in range(chance.randint(1, 12)):
            yield f"key {chance.choice(CHANGING)}"
            yield f"key {chance.choice(('up', 'down', 'enter'))}"
    elif kind < 0.86:
        yield f"click {place()}"
    elif kind < 0.88:
        yield f"drag {place()} {place()}"
    elif kind < 0.91:
        yield from (f"wheel {place()} {chance.choice((-1, 1))}" for _ in range(6))
    elif kind < 0.935:
        words = "".join(chance.choice(LETTERS) for _ in range(chance.randint(1, 12)))
        yield f"{chance.choice(('text', 'text', 'paste'))} {words}"
    elif kind < 0.96:
        yield f"size {' '.join(map(str, chance.choice(SIZES)))}"
    elif kind < 0.963:
        for _ in range(chance.randint(10, 40)):
            yield f"size {chance.randint(20, 200)} {chance.randint(5, 50)}"
    elif kind < 0.968:
        yield f"other {chance.choice(OTHERS)}"
    elif kind < 0.973:
        yield from ("home", "key 1", "key home", "key enter", "wait")
        for _ in range(chance.randint(5, 40)):
            change = chance.choice(CHANGING)
            yield f"key {change}"
            if change in ("a", "i", "r"):  # a dialog: the first item that is found
                yield from (f"text {chance.choice('ti0123')}", "wait", "key enter", "wait")
            yield f"key {chance.choice(('up', 'down', 'home', '2'))}"
        yield "check"
    elif kind < 0.987:
        yield from ("key escape" for _ in range(chance.randint(1, 4)))
    else:
        yield "home"
        for key in chance.choice(list(WAYS.values())):
            yield "wait" if key is None else f"key {key}"
