"""Where a training stands: what happens, how far it is, how well it does."""

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from sigma_tui.look.text import visible
from sigma_tui.look.themed import Themed
from sigma_tui.training.follower import Look
from sigma_tui.training.words import (
    best_line,
    interests_line,
    phase_sentence,
    progress_line,
    step_words,
)
from sigma_tui.widgets.cells import bar
from sigma_tui.widgets.pane import Pane

UNDER_WAY = ("starting", "training", "stopping")
LONGEST_REASON = 600
"""Characters of a reason that are shown; the whole is in the run's directory."""


class StandingPane(Themed, Pane):
    """Sentences and numbers, as many as there is something to say."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._look: Look | None = None
        self._lines = 0

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(" looking at the run …", id="standing-text")

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle("Training")

    def on_resize(self) -> None:
        """The bar is as wide as the pane."""
        self.use_colours()

    def use_colours(self) -> None:
        """Shows the same in the room and the colours that there are now."""
        if self._look is not None:
            self.show_look(self._look)

    def show_look(self, look: Look) -> None:
        """Shows what was seen last."""
        self._look = look
        theme = self.app.current_theme
        colour = {
            "done": theme.success,
            "failed": theme.error,
            "killed": theme.error,
            "gone": theme.error,
            "stopped": theme.warning,
        }.get(look.phase, "")
        sentence = visible(phase_sentence(look))
        if len(sentence) > LONGEST_REASON:
            sentence = f"{sentence[:LONGEST_REASON]}…"
        lines = [Text(sentence, style=f"bold {colour}".strip())]
        standing = look.standing
        if look.phase in UNDER_WAY and standing.begins:
            lines.append(self._bar(look))
            lines.append(Text(progress_line(standing)))
        if standing.begins:
            lines.append(Text(best_line(standing)))
        interests = interests_line(look)
        if interests:
            lines.append(Text(visible(interests)))
        if look.note:
            lines.append(Text(f"Note: {visible(look.note)}", style="italic"))
        width = max(20, self.size.width - 2)
        # Wrapped here, so that what comes twice a second changes the layout only where it must.
        wrapped = [row for line in lines for row in line.wrap(self.app.console, width)]
        told = Text("\n", no_wrap=True).join(wrapped)
        self.query_one("#standing-text", Static).update(told, layout=len(wrapped) != self._lines)
        self._lines = len(wrapped)

    def _bar(self, look: Look) -> Text:
        standing = look.standing
        told = f" {step_words(standing)}"
        if standing.loss is not None:
            told += f" · loss {standing.loss:.3f}"
        line = Text(f"epoch {standing.epoch} ")
        width = max(8, min(40, self.size.width - len(told) - line.cell_len - 4))
        theme = self.app.current_theme
        line.append(bar(standing.done_share, width), f"{theme.primary} on {theme.panel}")
        line.append(told)
        return line
