"""Records the demo's tour: ``python tests/tour_recording.py FOLDER``.

Writes ``tour.svg``, which plays by itself, ``tour.cast`` (asciinema version 2), and
a picture of each step. The app is the real one and the numbers are the model's; only the pauses are
made, from the length of what there is to read. Recorded again, every file is the same.
"""

import asyncio
import io
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from atlased import is_charted
from rich.console import Console
from rich.segment import Segment
from textual.pilot import Pilot

from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.demo import demo_explorer
from sigma_tui.look.looks import DARK
from sigma_tui.screens.tour import TourScreen
from sigma_tui.sharing.picture import picture_of
from sigma_tui.tour import STEPS
from sigma_tui.widgets.tour_bar import TourBar

SIZE = (110, 34)
STILL = 4
"""Looks at a screen, one after the other, that have to be the same before it is taken."""
LEAST, LETTER = 1.5, 0.045
"""Seconds that a step is shown, and more for each letter of its sentence."""

STANDS = 4
"""The picture that is shown where nothing may move: an edit and what it does."""
PAGE = f'<rect fill="{DARK.background}"'
WINDOW = re.compile(r'<rect fill="#[0-9a-f]+" stroke=.*?</g>', re.DOTALL)
"""The window around a terminal, as rich draws it."""
INSIDE = re.compile(r'<g transform="translate\(([\d., ]+)\)" clip-path')
PART = re.compile(r"<rect[^>]*/>|<text[^>]*>.*?</text>", re.DOTALL)
LOOK = re.compile(r"\.terminal-\d+-(r\d+) \{(.*?)\}")
WORDS = re.compile(r'class="terminal-\d+-(r\d+)"')
CLIP = re.compile(r' clip-path="[^"]*"')


@dataclass(frozen=True)
class Frame:
    """A screen as it was painted, the sentence on it, and how long it is shown."""

    lines: list[list[Segment]]
    said: str

    @property
    def seconds(self) -> float:
        """Time enough to read."""
        return round(LEAST + LETTER * len(self.said), 2)


async def frames() -> list[Frame]:
    """The offer, then each step of the tour."""
    screen = demo_explorer(Home.locate(), device="cpu", clock=None, tour="offer")
    async with SigmaApp(screen).run_test(size=SIZE) as pilot:
        await settled(screen, pilot, "New here?")
        taken = [frame(screen)]
        before = ""
        for number in range(len(STEPS)):
            await pilot.press("g" if number == 0 else "right")
            await settled(screen, pilot, "", unlike=before)
            before = screen.query_one(TourBar).said
            taken.append(frame(screen))
    return taken


async def settled(screen: TourScreen, pilot: Pilot[None], begins: str, unlike: str = "…") -> None:
    """Waits until a sentence is said, all is found out about the answer, and nothing moves."""
    bar, before, still = screen.query_one(TourBar), None, 0
    while still < STILL:
        await pilot.pause(0.05)
        said = bar.said not in ("", "…", unlike) and bar.said.startswith(begins)
        now = painted(screen) if said and thought(screen) else None
        still = still + 1 if now is not None and now == before else 0
        before = now


def thought(screen: TourScreen) -> bool:
    """Whether everything is found out about the answer on the screen."""
    thinking = screen._thinking
    return (
        screen.shown is not None
        and screen.shown.number == screen._asked
        and thinking is not None
        and thinking not in screen._service._errands
        and (is_charted(screen) or not screen._charts)
    )


def painted(screen: TourScreen) -> list[list[Segment]]:
    """The lines of the screen."""
    return [list(line) for line in screen._compositor.render_strips()]


def frame(screen: TourScreen) -> Frame:
    """The screen as it is."""
    return Frame(painted(screen), screen.query_one(TourBar).said)


def cast(taken: list[Frame]) -> str:
    """asciinema's format, version 2: a header, then what the terminal was sent and when."""
    console = Console(
        file=io.StringIO(), force_terminal=True, color_system="truecolor", width=SIZE[0]
    )
    title = "sigma-tui: a tour of the demo"
    lines = [json.dumps({"version": 2, "width": SIZE[0], "height": SIZE[1], "title": title})]
    at = 0.0
    for one in taken:
        rows = []
        for line in one.lines:
            with console.capture() as captured:
                for segment in line:
                    console.print(segment.text, style=segment.style or "", end="", markup=False,
                                  highlight=False, no_wrap=True, soft_wrap=True)  # fmt: skip
            rows.append(captured.get())
        lines.append(json.dumps([round(at, 2), "o", "\x1b[?25l\x1b[H" + "\r\n".join(rows)]))
        at += one.seconds
    lines.append(json.dumps([round(at, 2), "o", ""]))
    return "\n".join(lines) + "\n"


def playing(pictures: list[str], taken: list[Frame]) -> str:
    """One SVG that shows pictures in turn, without a script, in a third of their size: what several
    have in common is there once. Where nothing may move, the picture ``STANDS`` stands."""
    whole = sum(one.seconds for one in taken)
    begins = [sum(one.seconds for one in taken[:number]) for number in range(len(taken))]
    size = pictures[0].split('viewBox="', 1)[1].split('"', 1)[0]
    looks: dict[str, str] = {}
    shown: dict[str, set[int]] = {}  # each part, and the pictures that it is in
    for number, picture in enumerate(pictures):
        for part in parts(picture, looks):
            shown.setdefault(part, set()).add(number)
    groups: dict[frozenset[int], list[str]] = {}
    for part in sorted(shown, key=lambda part: part.startswith("<text")):  # on what lies behind
        groups.setdefault(frozenset(shown[part]), []).append(part)
    styles = [f".{name} {{ {look} }}" for look, name in looks.items()]
    behind, before = [], []
    for number, (when, found) in enumerate(groups.items()):
        rects = "".join(part for part in found if not part.startswith("<text"))
        texts = "".join(part for part in found if part.startswith("<text"))
        name = ""
        if len(when) < len(pictures):
            name = f' class="g{number}"'
            stands = "visible" if STANDS in when else "hidden"
            steps = " ".join(
                f"{100 * begins[one] / whole:.3f}% {{ visibility: "
                f"{'visible' if one in when else 'hidden'} }}"
                for one in range(len(pictures))
            )
            styles.append(
                f"@keyframes k{number} {{ {steps} }} .g{number} {{ visibility: {stands}; "
                f"animation: k{number} {whole:.2f}s step-end infinite; }}"
            )
        behind.append(f"<g{name}>{rects}</g>" if rects else "")
        before.append(f"<g{name}>{texts}</g>" if texts else "")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}">'
        "<title>A tour of the demo in six steps</title><style>"
        "text { font-family: Fira Code, monospace; font-size: 20px; white-space: pre } "
        + "\n".join(styles)
        + " @media (prefers-reduced-motion) { g { animation: none !important } }</style>"
        + "".join(WINDOW.findall(pictures[0]))
        + f'<g transform="translate({INSIDE.findall(pictures[0])[0]})">'
        + f'{PAGE} width="{SIZE[0] * 12.2:.0f}" height="{SIZE[1] * 24.4:.0f}"/>'
        + "".join((*behind, *before))
        + "</g></svg>\n"
    )


def parts(picture: str, looks: dict[str, str]) -> list[str]:
    """The backgrounds and words of a picture, with names that all pictures share. looks: of words,
    with the name of each; more are added."""
    own = dict(LOOK.findall(picture))

    def named(found: re.Match[str]) -> str:
        look = own[found[1]].strip()
        return f'class="{looks.setdefault(look, f"r{len(looks)}")}"'

    inside = INSIDE.split(picture, maxsplit=1)[-1]
    found = [
        one
        for one in PART.findall(inside)
        if not one.endswith(">\n</text>") and PAGE not in one  # the page lies behind all
    ]
    return [WORDS.sub(named, CLIP.sub("", one)) for one in found]


def record(folder: Path) -> None:
    """Writes all files."""
    taken = asyncio.run(frames())
    pictures = [picture_of(one.lines, SIZE[0], "sigma-tui demo --tour") for one in taken]
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures[1:], start=1):
        (folder / f"step-{number}.svg").write_text(picture, encoding="utf-8")
    (folder / "tour.cast").write_text(cast(taken), encoding="utf-8")
    (folder / "tour.svg").write_text(playing(pictures, taken), encoding="utf-8")


if __name__ == "__main__":
    record(Path(sys.argv[1]))
