"""A list of a million lines."""

import random
from typing import ClassVar

import pytest
from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.strip import Strip

from sigma_tui.widgets.line_list import LineList


class Million(App[None]):
    drawn = 0

    def compose(self) -> ComposeResult:
        yield LineList(id="lines")

    def on_mount(self) -> None:
        def draw(index: int, _width: int) -> Text:
            self.drawn += 1
            return Text(f"line {index}")

        self.query_one(LineList).show(1_000_000, draw)
        self.query_one(LineList).focus()


async def test_only_what_is_seen_is_drawn() -> None:
    app = Million()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("end")
        await pilot.pause()
        lines = app.query_one(LineList)
        assert lines.cursor == 999_999
        shown = "".join(segment.text for segment in lines.render_line(9))
        assert "line 999999" in shown
        await pilot.press("pageup", "up", "home", "pagedown")
        await pilot.pause()
        assert lines.cursor == 9
        assert app.drawn < 500


class Watched(LineList):
    """Remembers which lines were painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.painted.append(y)
        return super().render_line(y)


class Words(App[None]):
    def compose(self) -> ComposeResult:
        yield Watched()

    def on_mount(self) -> None:
        self.show([f"word {index}" for index in range(100)])

    def show(self, words: list[str], cursor: int | None = None) -> None:
        self.query_one(Watched).show(
            len(words), lambda index, _width: Text(words[index]), cursor=cursor
        )


async def test_only_lines_that_look_different_are_painted_again() -> None:
    app = Words()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        lines = app.query_one(Watched)
        lines.painted.clear()
        words = [f"word {index}" for index in range(100)]
        app.show(words)
        await pilot.pause()
        assert set(lines.painted) <= {0}  # the cursor's line is painted in any case
        words[3] = "another"
        app.show(words)
        await pilot.pause()
        assert set(lines.painted) - {0} == {3}
        assert "another" in lines.render_line(3).text
        lines.painted.clear()
        app.show(words[:5])
        await pilot.pause()
        assert {5, 9} <= set(lines.painted)
        assert lines.render_line(5).text.strip() == ""


async def test_the_cursor_is_in_sight_from_the_first_layout_on_and_after_a_resize() -> None:
    class FarDown(Words):
        def on_mount(self) -> None:
            self.show([f"word {index}" for index in range(100)], cursor=60)

    app = FarDown()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        lines = app.query_one(Watched)

        def seen() -> str:
            return " ".join(lines.render_line(y).text for y in range(lines.size.height))

        assert "word 60" in seen()
        await pilot.resize_terminal(40, 4)
        await pilot.pause()
        assert "word 60" in seen()
        app.show(["few", "words"])
        await pilot.pause()
        assert "few" in seen()
        app.show([f"word {index}" for index in range(100)], cursor=99)
        await pilot.pause()
        assert "word 99" in seen()


@pytest.mark.thorough
async def test_the_screen_never_keeps_a_line_that_is_no_longer_there() -> None:
    app, chance = Words(), random.Random(5)
    async with app.run_test(size=(20, 8)) as pilot:
        await pilot.pause()
        lines = app.query_one(Watched)
        lines.focus()
        words = [f"word {index}" for index in range(12)]
        for _ in range(60):
            match chance.randrange(5):
                case 0:
                    words = words[: chance.randrange(30)]
                case 1:
                    words = [*words, *(f"more {index}" for index in range(chance.randrange(9)))]
                case 2 if words:
                    words = list(words)
                    words[chance.randrange(len(words))] = f"other {chance.random():.3f}"
                case 3:
                    await pilot.press(chance.choice(["up", "down", "pageup", "pagedown", "end"]))
                case 4:
                    await pilot.resize_terminal(chance.randrange(12, 30), chance.randrange(2, 12))
            app.show(words, cursor=chance.choice([None, chance.randrange(30)]))

            def seen() -> list[str]:
                strips = app.screen._compositor.render_strips()
                return [strip.text.rstrip(" ▁▂▃▄▅▆▇█") for strip in strips]

            def expected(words: list[str] = words) -> list[str]:
                top, height = lines.scroll_offset.y, lines.size.height
                width = lines.scrollable_content_region.width  # without the scrollbar
                texts = [word[:width].rstrip() for word in words[top : top + height]]
                return [*texts, *[""] * (height - len(texts))]

            for _ in range(200):  # a scrollbar comes and goes with a second layout
                await pilot.pause()
                if seen() == expected():
                    break
            assert seen() == expected()
            top = lines.scroll_offset.y
            assert not words or top <= lines.cursor < top + lines.size.height


class Fits(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.widths: list[int] = []

    def compose(self) -> ComposeResult:
        yield LineList()

    def on_line_list_fitted(self, message: LineList.Fitted) -> None:
        self.widths.append(message.lines.scrollable_content_region.width)


async def test_a_scrollbar_that_comes_or_goes_is_told_with_the_width_it_leaves() -> None:
    app = Fits()
    async with app.run_test(size=(40, 10)) as pilot:
        lines, bar = app.query_one(LineList), app.query_one(LineList).styles.scrollbar_size_vertical
        await pilot.pause()
        assert app.widths[-1] == 40
        lines.show(100, lambda index, _width: Text(str(index)))
        await pilot.pause()
        await pilot.pause()
        assert app.widths[-1] == 40 - bar
        lines.show(3, lambda index, _width: Text(str(index)))
        await pilot.pause()
        await pilot.pause()
        assert app.widths[-1] == 40


class Heard(Words):
    heard: ClassVar[list[object]] = []

    @on(LineList.Chosen)
    @on(LineList.Moved)
    def _hear(self, message: LineList.AboutLine) -> None:
        self.heard.append((type(message), message.index))


async def test_a_line_that_is_gone_when_its_message_comes_is_not_told_of() -> None:
    app = Heard()
    async with app.run_test(size=(40, 10)) as pilot:
        lines = app.query_one(Watched)
        lines.cursor = 90
        lines.action_choose()
        app.show(["one", "two"])  # before anybody heard
        await pilot.pause()
        lines.action_choose()
        await pilot.pause()
        chosen = [line for kind, line in app.heard if kind is LineList.Chosen]
        assert chosen == [1] and (LineList.Moved, 90) not in app.heard
