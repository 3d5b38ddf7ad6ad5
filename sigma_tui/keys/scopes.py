"""Where keys work: scopes, the screens that they are on, and which are heard together."""

from collections.abc import Mapping
from typing import Literal

Scope = Literal[
    "app",
    "list",
    "home",
    "import",
    "dataset",
    "train",
    "training",
    "whatif",
    "explorer",
    "compare",
    "sides",
    "users",
    "sequence",
    "interests",
    "timeline",
    "recommendations",
    "diversity",
    "categories",
    "item",
    "map",
    "whole-map",
    "tour",
]
PLACES: Mapping[Scope, str] = {
    "app": "everywhere",
    "list": "in every list",
    "home": "on the home screen",
    "import": "while importing",
    "dataset": "on a dataset",
    "train": "where a training is chosen",
    "training": "on the screen of a training",
    "whatif": "in the explorer, and where two runs are compared",
    "explorer": "in the explorer",
    "compare": "where two runs are compared",
    "sides": "where two runs or scenarios are compared",
    "users": "in the users pane",
    "sequence": "in the sequence pane",
    "interests": "in the interests pane",
    "timeline": "in the timeline",
    "recommendations": "in the recommendations pane",
    "diversity": "at the diversity slider",
    "categories": "on the categories screen",
    "item": "on an item's screen",
    "map": "on the map",
    "whole-map": "on the map's own screen",
    "tour": "in the demo",
}
"""Where the keys of a scope work, as people say it."""
SCREEN_OF: Mapping[Scope, Scope] = {
    "users": "explorer",
    "sequence": "explorer",
    "interests": "explorer",
    "timeline": "explorer",
    "recommendations": "explorer",
    "diversity": "explorer",
    "map": "explorer",
}
"""Scopes that are panes, and their screens, which carry their actions out."""
ON_SCREENS: Mapping[Scope, frozenset[Scope]] = {
    "whatif": frozenset({"explorer", "compare"}),
    "sides": frozenset({"sides", "compare"}),
    "users": frozenset({"explorer", "compare"}),
    "sequence": frozenset({"explorer", "compare"}),
    "map": frozenset({"explorer", "whole-map"}),
    "tour": frozenset({"explorer"}),
}
"""Scopes that are on other screens than their own; ``sides`` is also the one where two scenarios
are compared."""
WITHOUT_LISTS: frozenset[Scope] = frozenset({"timeline", "diversity", "map"})
"""Scopes whose arrow keys move something else than the cursor of a list."""
NAMED_AS: Mapping[Scope, Scope] = {"whatif": "explorer", "whole-map": "map"}
"""Scopes whose actions settings call by another one's name."""


def screens_of(scope: Scope) -> frozenset[Scope]:
    """The screens that a scope is on, each by the scope of its own."""
    return ON_SCREENS.get(scope) or frozenset({SCREEN_OF.get(scope, scope)})


def together(first: Scope, second: Scope) -> bool:
    """Whether keys of both scopes may be heard at the same time."""
    if first == second or "app" in (first, second):
        return True
    if "list" in (first, second):
        return not {first, second} & WITHOUT_LISTS
    apart = first in SCREEN_OF and second in SCREEN_OF  # two panes
    return not apart and bool(screens_of(first) & screens_of(second))
