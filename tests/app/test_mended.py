"""What Textual would do wrong and is mended; see sigma_tui/mended.py. Most of it is for the monkeys
of tests/faults to find again."""

from app_support import until
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from sigma_tui.mended import mend


class Barred(App[None]):
    """A long list, a bar of three lines under it, and a line under that."""

    def compose(self) -> ComposeResult:
        with VerticalScroll() as lines:
            lines.styles.height = 6
            yield from (Static(f"line {number}") for number in range(60))
        yield Static("a bar\nof three\nlines", id="bar")
        yield Static("under it", id="under")


async def test_all_that_a_layout_moves_is_painted_whoever_asked_for_its_place(monkeypatch) -> None:
    mend()
    app, painted = Barred(), set[int]()
    render = Compositor.render_update

    def watched(self, *args, **kwargs):
        update = render(self, *args, **kwargs)
        if isinstance(update, ChopsUpdate):
            painted.update(line for line, first, last in update.spans if (first, last) == (0, 40))
        return update

    async with app.run_test(size=(40, 12)) as pilot:
        lines, bar, under = (app.query_one(one) for one in (VerticalScroll, "#bar", "#under"))
        lines.scroll_end(animate=False)
        await until(pilot, lambda: lines.scroll_offset.y > 0 and bar.region.y == 6)
        monkeypatch.setattr(Compositor, "render_update", watched)
        bar.display = False
        assert lines.query(Static).first().region.y < 0  # asked for one that is out of sight
        await until(pilot, lambda: under.region.y == 6)
        await until(pilot, lambda: {6, 9} <= painted, 5)  # where it is now, and where it was
