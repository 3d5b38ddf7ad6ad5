"""A list of a million lines."""

from rich.text import Text
from textual.app import App, ComposeResult

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
