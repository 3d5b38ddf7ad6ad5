"""Colours can be told from what they stand on, in every theme and in what is really drawn."""

import asyncio
from itertools import product

import pytest
from app_support import until
from rich._palettes import STANDARD_PALETTE
from rich.color import Color as RichColor
from rich.color import ColorType
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.theme import BUILTIN_THEMES
from textual.widgets import Input

from sigma_tui.app import SigmaApp
from sigma_tui.look.looks import (
    LIGHT,
    ON_DARK,
    ON_LIGHT,
    OWN,
    READABLE,
    SIXTEEN,
    category_colours,
    contrast,
    fitted,
    readable,
    theme_names,
)
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.widgets.recommendations_pane import RecommendationsPane

OTHERS = [name for name in theme_names() if name in BUILTIN_THEMES]


def relative_luminance(colour: str) -> float:
    """The standard's own formula (WCAG 2.1), by hand."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_is_the_standards_own() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#FFFFFF")) == pytest.approx(21)
    first, second = "#56B4E9", "#10141B"
    expected = (relative_luminance(first) + 0.05) / (relative_luminance(second) + 0.05)
    assert contrast(Color.parse(second), Color.parse(first)) == pytest.approx(expected)


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_every_colour_of_an_own_theme_has_enough_contrast(theme) -> None:
    written = (theme.foreground, theme.secondary, theme.accent, theme.primary)
    marks = (theme.success, theme.warning, theme.error)
    grounds = (theme.background, theme.surface, theme.panel, theme.variables["cursor-line"])
    for colour, ground in product((*category_colours(theme.name), *written, *marks), grounds):
        assert contrast(Color.parse(colour), Color.parse(ground)) >= READABLE, (colour, ground)


@pytest.mark.parametrize("name", OTHERS)
def test_categories_and_marks_are_readable_on_textuals_themes(name: str) -> None:
    theme = fitted(BUILTIN_THEMES[name])
    background, line = Color.parse(theme.background), Color.parse(theme.variables["cursor-line"])
    for colour in category_colours(name):
        assert contrast(Color.parse(colour), background) >= READABLE
        assert contrast(Color.parse(colour), line) >= READABLE
    for colour in (theme.foreground, theme.secondary, theme.success, theme.warning, theme.error):
        assert contrast(Color.parse(colour), background) >= READABLE


@pytest.mark.parametrize("theme", OWN, ids=lambda theme: theme.name)
def test_category_colours_differ(theme) -> None:
    colours = category_colours(theme.name)
    assert len(set(colours)) == len(colours) >= 7
    assert len(set(ON_DARK)) == len(ON_DARK) == len(set(ON_LIGHT)) == len(ON_LIGHT)


def test_a_colour_that_cannot_be_read_goes_towards_white_or_black() -> None:
    white, black = Color.parse("#FFFFFF"), Color.parse("#000000")
    assert readable("#FFFFFF", (black,)) == "#FFFFFF"
    assert contrast(Color.parse(readable("#777777", (white,))), white) >= READABLE
    assert contrast(Color.parse(readable("#222222", (black,))), black) >= READABLE


BLOCKS = set(" ·│╭╮╰╯─━┃┏┓┗┛▁▂▃▄▅▆▇█▏▎▍▌▋▊▉▔▕")
"""What is drawn, not written: borders, bars, curves; the dot that stands for no change."""


def colours_of(style: Style) -> tuple[Color, Color]:
    front, ground = style.color, style.bgcolor
    assert front is not None and ground is not None
    if style.reverse:
        front, ground = ground, front
    return Color(*shade(front)), Color(*shade(ground))


def shade(colour: RichColor) -> tuple[int, int, int]:
    """What a colour looks like; the sixteen as on a VGA screen."""
    if colour.type is ColorType.STANDARD:
        return tuple(STANDARD_PALETTE[colour.number])
    return tuple(colour.get_truecolor())


async def drawn(app: SigmaApp, screen: ExplorerScreen, pilot) -> None:
    for _ in range(1000):
        if screen.shown is not None and (screen.shown.question.items == screen.journey.now.items):
            break
        await asyncio.sleep(0.01)
        await pilot.pause()
    await pilot.pause()


def poor(app: SigmaApp, region: Region | None = None) -> list[tuple[str, float, str, str]]:
    """Text that is written with too little contrast, as the terminal gets it; in a part of the
    screen, if one is given."""
    found = []
    strips = app.screen._compositor.render_strips()
    if region is not None:
        strips = [strip.crop(region.x, region.right) for strip in strips[region.y : region.bottom]]
    for strip in strips:
        for segment in strip:
            text = segment.text.strip()
            if not text or set(text) <= BLOCKS or segment.style is None:
                continue
            front, ground = colours_of(segment.style)
            if contrast(front, ground) < READABLE - 0.005:
                found.append((text, round(contrast(front, ground), 2), front.hex, ground.hex))
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("no_color", [False, True], ids=["colours", "NO_COLOR"])
async def test_all_that_is_written_in_the_own_themes_can_be_read(
    small, no_color, monkeypatch
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    screen = ExplorerScreen(small.run, small.library, device="cpu", clock=None)
    app = SigmaApp(screen)
    async with app.run_test(size=(120, 36)) as pilot:
        await drawn(app, screen, pilot)
        await pilot.press("home", "d", "J", "space")
        await drawn(app, screen, pilot)
        recommendations = screen.query_one(RecommendationsPane)
        await until(pilot, lambda: recommendations._stability and recommendations._reasons)
        for theme in OWN:
            app.use_theme(theme.name)
            await pilot.pause()
            assert poor(app) == [], theme.name
        for key in () if no_color else ("comma", "f6", "question_mark", "semicolon", "a"):
            await pilot.press(key)
            for theme in OWN:
                app.use_theme(theme.name)
                await pilot.pause()
                assert poor(app, app.screen.children[0].region) == [], (key, theme.name)
            app.screen.dismiss(None)
            await pilot.pause()


async def test_the_ansi_theme_writes_sixteen_colours_and_no_others(small) -> None:
    screen = ExplorerScreen(small.run, small.library, device="cpu", clock=None)
    app = SigmaApp(screen, theme=SIXTEEN.name)
    async with app.run_test(size=(120, 36)) as pilot:
        await drawn(app, screen, pilot)
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                for colour in (
                    segment.style and (segment.style.color, segment.style.bgcolor)
                ) or ():
                    assert colour is None or colour.type is ColorType.STANDARD
        app.use_theme(LIGHT.name)
        await pilot.pause()
        assert not app._sixteen.enabled


async def test_letters_stand_beside_colours(small, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = ExplorerScreen(small.run, small.library, device="cpu", clock=None)
    app = SigmaApp(screen)
    async with app.run_test(size=(120, 36)) as pilot:
        await drawn(app, screen, pilot)
        text = [
            segment.text for strip in app.screen._compositor.render_strips() for segment in strip
        ]
        assert {part.strip() for part in text} >= set("ABCD")
        assert not screen.query_one("#users-filter", Input).has_focus
