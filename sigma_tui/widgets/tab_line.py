"""The panes of a narrow screen by their keys; a click goes to one."""

from collections.abc import Sequence

from textual.content import Content


def tab_line(panes: Sequence[tuple[str, str]], front: str) -> Content:
    """A line for a screen that has ``action_pane``. panes: each with what is shown of it, both of
    them ours and not data. front: the one that is marked."""
    tabs = [
        f"[@click=screen.pane('{pane}')]{'[bold reverse]' if pane == front else '[dim]'}"
        f" {shown} [/][/]"
        for pane, shown in panes
    ]
    return Content.from_markup(" ".join(tabs))
