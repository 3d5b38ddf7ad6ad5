"""The explorer's single lines: where one is, and in the narrow layout what the other panes say."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text

from engine.explore.answer import Answer
from engine.explore.categories import letter_of
from sigma_tui.look.text import visible
from sigma_tui.widgets.cells import share

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer

TABS = {"first": "List A", "second": "List B", "metrics": "All users"}
"""Panes that are not called by their ids."""
NAME_WIDTH = 16
"""Cells of a category's name among the strongest facts."""


def headline(
    explorer: "Explorer | None",
    run: str,
    *,
    user: str | None,
    edits: int,
    scenario: str = "",
    mode: str = "",
    milliseconds: float | None,
    note: str,
) -> Text:
    """Data, run, user, number of edits, and how long the last answer took to the screen. mode: in
    which keys mean something else; it comes first, whatever there is room for."""
    line = Text(no_wrap=True, overflow="ellipsis", end="")
    line.append(" sigma-tui ", "bold")
    if mode:
        line.append(f" {mode} ", "bold reverse")
    if explorer is None:
        line.append(f" loading {visible(run)} …")
    else:
        data, name = visible(explorer.interactions.name), visible(explorer.run_name)
        # Runs are usually called by their data: said once, it leaves room for edits and scenario.
        line.append(f" {name}" if name.startswith(f"{data}-") else f" {data} · {name}")
        recall = explorer.metrics.get("recall@20")
        if recall is not None:
            line.append(f"  R@20 {recall:.3f}".replace("0.", ".", 1), "dim")
        line.append_text(whereabouts(user, edits, scenario))
        if milliseconds is not None:
            line.append(f"   {milliseconds:.0f} ms", "dim")
    if note:
        line.append(f"   {note}", "italic dim")
    return line


def whereabouts(user: str | None, edits: int, scenario: str = "") -> Text:
    """Whose sequence it is, and what was done to it. scenario: what to say of it."""
    line = Text("   user " if user is not None else "   ", end="")
    line.append(visible(user) if user is not None else "a new user", "bold")
    if edits:
        line.append("   ")
        line.append(f" {edits} edit{'s' if edits > 1 else ''} ", "bold reverse")
    if scenario:
        line.append(f" {visible(scenario)}", "italic")
    return line


def pane_tabs(panes: Mapping[str, str], front: str, note: str) -> Text:
    """The panes by the key that goes there, the one in front marked; then the note, for which the
    headline has no room in the narrow layout."""
    line = Text(no_wrap=True, overflow="ellipsis", end="")
    for key, pane in panes.items():
        name = TABS.get(pane, pane.capitalize())
        line.append(f" {key} {name} ", "bold reverse" if pane == front else "dim")
    if note:
        line.append(f"  {note}", "italic dim")
    return line


def strongest_facts(explorer: "Explorer", answer: Answer) -> Text:
    """The two strongest interests and the best recommendation."""
    line = Text(no_wrap=True, overflow="ellipsis", end="")
    for interest in sorted(answer.interests, key=lambda one: -one.intensity)[:2]:
        known = explorer.portraits[interest.category].name if explorer.portraits else ""
        name = Text(f" {visible(known)}" if known else "")
        name.truncate(NAME_WIDTH, overflow="ellipsis")  # the best item wants room too
        letter = letter_of(interest.category)
        line.append(f" {letter}{name.plain} {share(interest.intensity)} ")
    if answer.recommendations:
        best = explorer.catalogue.titles[answer.recommendations[0].item - 1]
        line.append(f"· #1 {visible(best)} ")
    return line
