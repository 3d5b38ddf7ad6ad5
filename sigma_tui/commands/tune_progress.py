"""What `tune` shows while it searches."""

from typing import TYPE_CHECKING

import typer

from sigma_tui.look.text import clock, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.tuning.summary import TrialSummary
    from engine.tuning.tune import Progress


class PlainProgress:
    """A line a trial on stderr, for pipes and logs."""

    def __init__(self) -> None:
        self._told: set[int] = set()
        self._first = True

    def __enter__(self) -> "PlainProgress":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def show(self, progress: "Progress") -> None:
        """Tells of trials that ended since the last time."""
        if self._first:
            self._first = False
            ended = [trial for trial in progress.trials if trial.state != "running"]
            self._told = {trial.number for trial in ended}
            going_on = f", {len(ended)} trials so far" if ended else ""
            self._say(f"study {progress.study}{going_on}")
        best = progress.best
        for trial in progress.trials:
            if trial.state != "running" and trial.number not in self._told:
                self._told.add(trial.number)
                self._say(_line(trial, best))

    def _say(self, line: str) -> None:
        typer.echo(visible(line), err=True)


class TerminalProgress(PlainProgress):
    """The same above a line that tells of the trials under way and the time that is left."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console

        self._console = Console(stderr=True)
        self._status = self._console.status("reading the data")

    def __enter__(self) -> "TerminalProgress":
        self._status.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._status.stop()

    def show(self, progress: "Progress") -> None:
        """See ``PlainProgress``; and what goes on now."""
        from rich.text import Text

        super().show(progress)
        parts = [
            f"trial {trial.number} epoch {trial.epochs + 1} Recall@20 {trial.recall:.4f}"
            for trial in progress.trials
            if trial.state == "running"
        ]
        if progress.best is not None:
            parts.append(f"best {progress.best.recall:.4f} (trial {progress.best.number})")
        if progress.seconds_left is not None:
            parts.append(f"left {clock(progress.seconds_left)}")
        self._status.update(Text(" · ".join(parts)))

    def _say(self, line: str) -> None:
        from rich.text import Text

        self._console.print(Text(visible(line)), soft_wrap=True)


def settings_line(settings: "Mapping[str, object]") -> str:
    """Settings as they are typed behind --set."""
    return " ".join(f"{name}={value}" for name, value in settings.items())


def _line(trial: "TrialSummary", best: "TrialSummary | None") -> str:
    changes = "the preset" if trial.preset else settings_line(trial.changes)
    if trial.state == "failed":
        return f"trial {trial.number:>3}  failed: {trial.reason or 'no reason is known'}  {changes}"
    marks = {"pruned": "  pruned", "interrupted": "  interrupted, goes on later"}
    mark = marks.get(trial.state, "")
    if trial.state == "done" and not trial.eligible:
        mark = f"  only {trial.alive} interests alive"
    elif best is not None and trial.number == best.number:
        mark = " *"
    return (
        f"trial {trial.number:>3}  Recall@20 {trial.recall:.4f}{mark}  epochs {trial.epochs}  "
        f"{changes}"
    )
