"""What one does with the explorer for others: export and copy."""

from pathlib import Path

from textual import work
from textual.message import Message
from textual.widgets._toast import ToastRack

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.demo import DEMO, demo_run
from sigma_tui.look.text import visible
from sigma_tui.screens.whatif import WhatIfScreen
from sigma_tui.sharing.clipboard import size_of, why_not_copied
from sigma_tui.sharing.formats import Shared
from sigma_tui.sharing.source import Picture, Source
from sigma_tui.sharing.subject import Subject
from sigma_tui.typed.asking import Asked
from sigma_tui.widgets.users_pane import UsersPane

PARTS: tuple[Shared, ...] = ("users", "sequence", "interests", "timeline", "recommendations")


class SharingScreen(WhatIfScreen):
    """Shares what is on the screen. Arguments: see ``ExplorerScreen``."""

    class Copied(Message):
        """A pane as text, or the reason why there is none."""

        def __init__(self, shared: Shared, text: str, trouble: str = "") -> None:
            super().__init__()
            self.shared, self.text, self.trouble = shared, text, trouble

    def action_export(self) -> None:
        """Offers everything that can be written into a file."""
        source = self._source()
        if source is None:
            return
        from sigma_tui.screens.export import ExportScreen

        def told(said: str | None) -> None:
            if said is not None:
                self.notify(visible(said), markup=False, timeout=8)

        self.app.push_screen(ExportScreen(source), told)

    def action_copy_pane(self) -> None:
        """Sends the pane with the focus to the terminal's clipboard."""
        source = self._source()
        if source is not None:
            self._make_copy(source, self._focused_part())

    @work(thread=True, exclusive=True, group="copy", exit_on_error=False)
    def _make_copy(self, source: Source, shared: Shared) -> None:
        try:
            self.post_message(self.Copied(shared, source.text(shared, "markdown")))
        except SigmaError as error:
            self.post_message(self.Copied(shared, "", str(error)))

    def on_sharing_screen_copied(self, copied: Copied) -> None:
        """The text is made: it goes to the terminal."""
        trouble = copied.trouble or why_not_copied(copied.text)
        if trouble:
            self.notify(visible(trouble), severity="error", markup=False)
            return
        self.app.copy_to_clipboard(copied.text)
        self.notify(
            f"{copied.shared.capitalize()} sent to the terminal as Markdown, "
            f"{size_of(copied.text)}: no terminal says whether it took it. e writes a file.",
            markup=False,
        )

    def _focused_part(self) -> Shared:
        """The pane with the focus, or what one came for."""
        above = self.focused.ancestors_with_self if self.focused is not None else []
        inside = {node.id for node in above}
        return next((part for part in PARTS if part in inside), "recommendations")

    def _source(self) -> Source | None:
        """What is on the screen now; None until the model is loaded."""
        explorer = self._explorer
        if explorer is None:
            return None
        home, run, kept = Home.locate(), self._run, self._kept_scenarios(explorer)
        question = self._question()
        asked = Asked(self.user_label, self._journey.now, self._held_out)
        return Source(
            explorer,
            Subject(
                asked,
                _name_of(run, home),
                k=question.k,
                hidden=question.hidden,
                only=question.only,
                steering=dict(question.steering),
                diversity_weight=question.diversity,
                library=None if run == demo_run() or self._library == home.library
                else self._library,
            ),
            run,
            self._service.turn,
            self.query_one(UsersPane).listed,
            self._painted_screen,
            lambda: tuple((one.name, one.version) for one in kept.read()),
        )  # fmt: skip

    def _painted_screen(self) -> Picture:
        """The explorer without the windows over it, and without notes that come and go."""
        compositor = self._compositor
        seen = compositor.visible_widgets
        compositor._visible_widgets = {
            widget: place
            for widget, place in seen.items()
            if not any(isinstance(one, ToastRack) for one in widget.ancestors_with_self)
        }
        try:
            lines = compositor.render_strips()
        finally:
            compositor._visible_widgets = seen
        return Picture(tuple(tuple(line) for line in lines), self.size.width)


def _name_of(run: Path, home: Home) -> str:
    """What the command line calls a run."""
    if run == demo_run():
        return DEMO
    inside = run.is_relative_to(home.runs)
    return run.relative_to(home.runs).as_posix() if inside else run.name
