"""What commands about one sequence share: their options, and opening run and sequence by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.errors import QuestionError

if TYPE_CHECKING:
    from engine.explore.explorer import Explorer
    from sigma_tui.sharing.subject import Subject

UserOption = Annotated[str | None, typer.Option("--user", help="A user of the dataset, by id.")]
ItemsOption = Annotated[
    str | None, typer.Option("--items", help="A new person's items, by id, oldest first: 50,296.")
]
WholeOption = Annotated[
    bool, typer.Option("--whole", help="Use the whole history; else its last item is held out.")
]
LengthOption = Annotated[int, typer.Option("--k", min=1, help="Length of the list.")]
AppendOption = Annotated[
    list[str] | None, typer.Option("--append", help="Add an item at the end; repeatable.")
]
WithoutOption = Annotated[
    list[str] | None, typer.Option("--without", help="Leave an item out; repeatable.")
]
EditOption = Annotated[
    list[str] | None,
    typer.Option(
        "--edit",
        help="An edit as in the explorer: remove=PLACE, add=ITEM, insert=PLACE,ITEM, "
        "replace=PLACE,ITEM, move=PLACE,PLACE, mute=PLACE, until=PLACE; repeatable, in order.",
    ),
]
SteerOption = Annotated[
    list[str] | None,
    typer.Option("--steer", help="CATEGORY=WEIGHT, such as A=0.6: another intensity."),
]
DiversifyOption = Annotated[
    float, typer.Option("--diversify", min=0.0, help="Weight of diversity in the order.")
]
HideOption = Annotated[
    list[str] | None, typer.Option("--hide", help="Never recommend this item; repeatable.")
]


OnlyOption = Annotated[
    str | None,
    typer.Option("--only", help="List one category alone: a letter, or one of the metadata."),
]


@dataclass(frozen=True)
class Opened:
    """A run, and what is asked of it. path: the run's directory."""

    explorer: "Explorer"
    subject: "Subject"
    path: Path


def load_explorer(run: str, library: Path | None, device: str) -> "Explorer":
    """The explorer on a run. Raises RunError or LibraryError."""
    return _loaded(run, library, device)[0]


def open_sequence(
    run: str,
    library: Path | None,
    device: str,
    *,
    user: str | None,
    items: str | None,
    append: Sequence[str] | None = None,
    without: Sequence[str] | None = None,
    edits: Sequence[str] | None = None,
    whole: bool = False,
    k: int = 10,
    steer: Sequence[str] | None = None,
    diversify: float = 0.0,
    hide: Sequence[str] | None = None,
    only: str | None = None,
) -> Opened:
    """The explorer on a run and the subject that the options describe.

    Raises QuestionError for an option that does not fit, RunError or LibraryError as above.
    """
    from sigma_tui.sharing.subject import Subject
    from sigma_tui.typed.asking import asked_sequence, item_of

    explorer, path = _loaded(run, library, device)
    asked = asked_sequence(
        explorer,
        user=user,
        items=items,
        append=append or (),
        without=without or (),
        edits=edits or (),
        whole=whole,
    )
    subject = Subject(
        asked,
        run,
        k=k,
        hidden=frozenset(item_of(explorer, label) for label in hide or ()),
        only=_only(only, explorer),
        steering=_steering(steer or (), explorer),
        diversity_weight=diversify,
        library=library,
    )
    return Opened(explorer, subject, path)


def require_interests(explorer: "Explorer") -> None:
    """Raises QuestionError for a model without interests."""
    if not explorer.interests:
        raise QuestionError(
            f"run {explorer.run_name!r} is of a model without interests; "
            "train one with --model sigma"
        )


def require_categories(explorer: "Explorer") -> None:
    """Raises QuestionError for a model without categories of the catalogue."""
    require_interests(explorer)
    if not explorer.categories:
        raise QuestionError(
            f"the interests that run {explorer.run_name!r} finds are each person's own; it has no "
            "categories of the catalogue. See `sigma-tui interests`, or train one that has: "
            "--model sigma"
        )


def _loaded(run: str, library: Path | None, device: str) -> "tuple[Explorer, Path]":
    """The built-in demo's run is called ``demo``, unless somebody has one of that name."""
    from engine.explore.explorer import Explorer
    from engine.home import Home
    from engine.training.runs import find_run
    from sigma_tui.demo import DEMO, demo_library, demo_run

    home = Home.locate(library)
    if run == DEMO and library is None and not (home.runs / DEMO).exists():
        return Explorer.load(demo_run(), demo_library(home), device=device), demo_run()
    path = find_run(home.runs, run).path
    return Explorer.load(path, home.library, device=device), path


def _only(wanted: str | None, explorer: "Explorer") -> int | str | None:
    """A learned category by its letter, else one of the metadata; ``metadata:`` says which."""
    from engine.explore.categories import letter_of

    if wanted is None:
        return None
    letters = {letter_of(category): category for category in range(explorer.interests)}
    return letters.get(wanted.strip().upper(), wanted.removeprefix("metadata:"))


def _steering(wanted: Sequence[str], explorer: "Explorer") -> dict[int, float]:
    if wanted:
        require_categories(explorer)
    steering = {}
    for text in wanted:
        letter, _, weight = text.partition("=")
        category = category_called(explorer, letter)
        try:
            steering[category] = float(weight)
        except ValueError:
            raise QuestionError(
                f"{text!r} is not CATEGORY=WEIGHT with a weight between 0 and 1, such as A=0.6"
            ) from None
    return steering


def category_called(explorer: "Explorer", letter: str) -> int:
    """The category of a letter. Raises QuestionError with those that there are."""
    from engine.explore.categories import letter_of

    letters = {letter_of(category): category for category in range(explorer.categories)}
    try:
        return letters[letter.strip().upper()]
    except KeyError:
        known = ", ".join(letters) or "none"
        raise QuestionError(f"there is no category {letter!r}; this run has {known}") from None
