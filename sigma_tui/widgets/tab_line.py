"""The panes of a narrow screen: one is in front, the others are a line of tabs that take clicks."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static


def bring(
    screen: Screen[Any],
    tabs: Sequence[tuple[str, str]],
    front: str,
    around: Mapping[str, Sequence[str]],
) -> None:
    """Shows one pane if the screen is narrow, else all of them.

    screen: with ``action_pane`` and a line ``#tabs``. tabs: id of a pane, and what is shown of it.
    around: ids of containers, each with the panes in it.
    """
    narrow = screen.has_class("-narrow")
    # Not by classes: styles of all that is in a pane would be found anew.
    for pane, _ in tabs:
        screen.query_one(f"#{pane}").display = not narrow or pane == front
    for container, inside in around.items():
        screen.query_one(f"#{container}").display = not narrow or front in inside
    if narrow:
        screen.query_one("#tabs", Static).update(tab_line(tabs, front), layout=False)


def tab_line(tabs: Sequence[tuple[str, str]], front: str) -> Content:
    """The line of tabs, all of it ours and not data; ``front`` is marked."""
    drawn = [
        f"[@click=screen.pane('{pane}')]{'[bold reverse]' if pane == front else '[dim]'}"
        f" {shown} [/][/]"
        for pane, shown in tabs
    ]
    return Content.from_markup(" ".join(drawn))
