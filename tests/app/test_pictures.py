"""Every screen has pictures that are compared, at every size and in both themes; they say the same
in both, and what they say can be read."""

import html
import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest
from camera import SIZES, THEMES, kept_pictures
from textual.color import Color
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen

import sigma_tui
import sigma_tui.screens
from sigma_tui.look.looks import READABLE, contrast

SOURCES = Path(sigma_tui.__file__).parent
KEPT = Path(__file__).parent / "__snapshots__"
DISABLED = re.compile("choose a column|none|F5 Import")
"""What cannot be used yet, before a file is chosen, may be fainter."""
FILL = re.compile(r"\.terminal-(r\d+) \{ fill: (#[0-9a-f]{6})")
GROUND = re.compile(r'<rect fill="(#\w+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"')
WORDS = re.compile(r'<text class="terminal-(r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')
LINE = 24.4
"""Height of a line in a picture; words stand on its lower end, so much of it above the next."""
TO_BASE = 18.5


def screens() -> Iterator[type[Screen]]:
    """Classes of screens that some line of the app makes one of; others are parts of them."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    for module in pkgutil.iter_modules(sigma_tui.screens.__path__, "sigma_tui.screens."):
        for name, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            ours = issubclass(kind, Screen) and kind.__module__ == module.name
            if ours and re.search(rf"(?<!class )\b{name}\(", code):
                yield kind


@pytest.mark.thorough
def test_every_screen_is_kept_at_every_size_in_both_themes() -> None:
    shown = sorted({kind.__name__ for kind in (*screens(), CommandPalette)})
    assert len(shown) > 20
    kept = {one[:3] for one in kept_pictures(KEPT)}
    missing = [one for one in product(shown, SIZES, THEMES) if one not in kept]
    assert not missing, "take them: a camera's pictures are named by the screen that is seen"


def words(svg: str) -> list[tuple[float, float, str, str]]:
    """What stands where in a picture, and the name of its look."""
    found = []
    for look, across, down, text in WORDS.findall(svg):
        said = html.unescape(text).replace("\xa0", " ")
        if said.strip():
            found.append((float(across), float(down), said, look))
    return found


@pytest.mark.thorough
def test_pictures_say_the_same_in_both_themes() -> None:
    said: dict[str, set[str]] = {}
    for _, _, theme, path in kept_pictures(KEPT):
        lines: dict[float, str] = {}
        for _, down, text, _ in sorted(words(path.read_text(encoding="utf-8"))):
            lines[down] = lines.get(down, "") + text.replace(" ", "")
        rows = "\n".join(lines[down] for down in sorted(lines))
        said.setdefault(path.stem.replace(theme, ""), set()).add(rows)
    assert len(said) > 80
    assert not [name for name, different in said.items() if len(different) > 1]


@pytest.mark.thorough
def test_what_kept_pictures_say_can_be_read() -> None:
    """What lies behind a dialog is faint, so that those are left out."""
    whole = {kind.__name__ for kind in screens() if not issubclass(kind, ModalScreen)}
    faint, seen = set(), 0
    for screen, _, _, path in kept_pictures(KEPT):
        if screen not in whole:
            continue
        svg = path.read_text(encoding="utf-8")
        colours = dict(FILL.findall(svg))
        grounds = [
            (colour, float(x), float(y), float(width))
            for colour, x, y, width in GROUND.findall(svg)
        ]
        for across, down, text, look in words(svg):
            if look not in colours or not re.search(r"[^\W_]", text):
                continue  # the window's title, and lines
            top = down - TO_BASE
            behind = [
                colour
                for colour, x, y, width in grounds
                if abs(y - top) < LINE / 2 and x <= across + 1 < x + width
            ]
            seen += 1
            clear = contrast(Color.parse(colours[look]), Color.parse(behind[-1]))
            if clear < READABLE - 0.005 and not DISABLED.fullmatch(text.strip()):
                faint.add((text.strip()[:40], colours[look], behind[-1], path.name))
    assert seen > 10_000
    assert not faint
