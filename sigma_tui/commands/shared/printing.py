"""What commands print: JSON with stable keys, tables of data that is never markup, progress."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from sigma_tui.look.text import visible

if TYPE_CHECKING:
    from rich.console import JustifyMethod


def print_json(value: Any) -> None:
    """Prints JSON in ASCII: data may hold lone surrogates and control characters."""
    typer.echo(json.dumps(value, allow_nan=False, indent=2))


def print_table(
    title: str,
    columns: Sequence[tuple[str, "JustifyMethod"]],
    rows: Sequence[Sequence[str]],
    note: str = "",
) -> None:
    """Prints a table; every text is shown as it is, control characters made visible.

    columns: headings with their justification; no heading is shown if all are empty.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(visible(title), style="bold"),
        title_justify="left",
        box=SIMPLE_HEAD,
        show_header=any(heading for heading, _ in columns),
        pad_edge=False,
    )
    for heading, justify in columns:
        table.add_column(heading, justify=justify)
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console = Console()
    console.print(table)
    if note:
        console.print(Text(visible(note)))


@contextmanager
def step_display(first: str, *, still: bool = False) -> "Iterator[Any]":
    """A function that shows the step under way on a terminal, else nothing.

    still: nothing moves between two steps, and so nothing disturbs what is being timed; else a
    spinner turns. What an app does meanwhile to the standard streams does not matter.
    """
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=sys.stderr)
    if not still:
        with console.status(first) as status:
            yield status.update
        return

    def line(step: str) -> Text:
        return Text(f"{step} …", no_wrap=True, overflow="ellipsis")

    with Live(
        line(first), console=console, auto_refresh=False, transient=True,
        redirect_stdout=False, redirect_stderr=False,
    ) as live:  # fmt: skip
        yield lambda step: live.update(line(step), refresh=True)
