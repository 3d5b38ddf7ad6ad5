"""What a person sees while the cells of an experiment are run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sigma_tui.look.text import clock, visible

if TYPE_CHECKING:
    from engine.training.events import Event
    from engine.training.progress import Listener


@contextmanager
def cell_progress() -> "Iterator[Listener]":
    """Shows events: a line that changes on a terminal, else a line an epoch; and one a cell."""
    from rich.console import Console
    from rich.text import Text

    def cell_line(event: "Event") -> str:
        reason = f": {event['reason']}" if event.get("reason") else ""
        where = f"{event['number']}/{event['of']}"
        return f"{where} {event['run']} {event['state']}{reason}{_left(event.get('left'))}"

    def epoch_line(event: "Event") -> str:
        return (
            f"{event['number']}/{event['of']} {event['run']} epoch {event['epoch']}  "
            f"validation Recall@20 {event['valid']['recall@20']:.4f}{' *' if event['best'] else ''}"
            f"  {event['seconds']:.1f} s{_left(event['left'])}"
        )

    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda event: typer.echo(
            visible(epoch_line(event) if event["event"] == "epoch" else cell_line(event)), err=True
        )
        return
    with console.status("") as status:

        def tell(event: "Event") -> None:
            if event["event"] == "epoch":
                status.update(Text(visible(epoch_line(event))))
            elif event["state"] == "begins":
                status.update(Text(visible(cell_line(event))))
            else:
                console.print(Text(visible(cell_line(event))), soft_wrap=True)

        yield tell


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"  left about {clock(seconds)}"
