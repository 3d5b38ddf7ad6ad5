"""`recommend` and `interests`: the explorer's answers on the command line."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.errors import QuestionError
from sigma_tui.commands.one_sequence import (
    AppendOption,
    DiversifyOption,
    EditOption,
    HideOption,
    ItemsOption,
    LengthOption,
    OnlyOption,
    SteerOption,
    UserOption,
    WholeOption,
    WithoutOption,
    category_called,
    load_explorer,
    open_sequence,
    require_categories,
    require_interests,
)
from sigma_tui.commands.shared.options import DeviceOption, JsonOption, LibraryOption, RunArgument
from sigma_tui.commands.shared.printing import print_json, print_table

if TYPE_CHECKING:
    from engine.explore.answer import Answer
    from engine.explore.explorer import Explorer
    from sigma_tui.typed.asking import Asked


def register(app: typer.Typer) -> None:
    """Adds the commands to the executable."""
    app.command()(recommend)
    app.command()(interests)
    app.command()(categories)


def recommend(
    run: RunArgument,
    user: UserOption = None,
    items: ItemsOption = None,
    k: LengthOption = 10,
    append: AppendOption = None,
    without: WithoutOption = None,
    edit: EditOption = None,
    steer: SteerOption = None,
    diversify: DiversifyOption = 0.0,
    hide: HideOption = None,
    only: OnlyOption = None,
    whole: WholeOption = False,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Recommend the next items for a user or a made-up sequence.

    Example: sigma-tui recommend my-run --user 414 --without 589 --k 20
    """
    opened = open_sequence(
        run, library, device, user=user, items=items, append=append, without=without, edits=edit,
        whole=whole, k=k, steer=steer, diversify=diversify, hide=hide,
        only=only,
    )  # fmt: skip
    explorer, subject, asked = opened.explorer, opened.subject, opened.subject.asked
    answer = explorer.answer(
        asked.items,
        k=k,
        target=asked.target,
        hidden=subject.hidden,
        only=subject.only,
        steering=subject.steering,
        diversity_weight=diversify,
    )
    if json:
        print_json(_as_json(explorer, asked, answer))
        return
    from engine.explore.categories import letter_of

    print_table(
        f"Top {len(answer.recommendations)} of {run}",
        [("#", "right"), ("item", "left"), ("cat", "center"), ("score", "right"), ("p", "right")],
        [
            (
                str(line.rank),
                explorer.catalogue.titles[line.item - 1],
                "" if line.category is None else letter_of(line.category),
                f"{line.score:.2f}",
                f"{line.probability:.3f}",
            )
            for line in answer.recommendations
        ],
        note=_facts(answer, asked.is_cut),
    )


def interests(
    run: RunArgument,
    user: UserOption = None,
    items: ItemsOption = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Items shown of each interest.")] = 3,
    whole: WholeOption = False,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show the interests that the model sees in a sequence.

    All categories with their intensities; of a model without categories, the person's own
    interests.

    Example: sigma-tui interests my-run --user 414
    """
    opened = open_sequence(run, library, device, user=user, items=items, whole=whole)
    explorer, asked = opened.explorer, opened.subject.asked
    require_interests(explorer)
    answer = explorer.answer(asked.items, target=asked.target)
    typical = explorer.typical_items(asked.items, top)
    if json:
        print_json(
            {
                "run": run,
                "user": asked.user,
                "sequence": _labels(explorer, asked.items),
                "entropy": answer.entropy,
                "interests": [
                    interest | {"items": _labels(explorer, typical[interest["index"]])}
                    for interest in _interests_json(explorer, answer)
                ],
            }
        )
        return
    from engine.explore.categories import letter_of

    print_table(
        f"Interests · entropy {answer.entropy:.2f} bit",
        [
            ("", "left"),
            ("category" if explorer.categories else "", "left"),
            ("intensity", "right"),
            ("", "left"),
            ("σ", "right"),
            ("items", "right"),
            ("typical items", "left"),
        ],
        [
            (
                letter_of(interest.category),
                _name(explorer, interest.category),
                f"{interest.intensity:.2f}",
                "█" * round(20 * interest.intensity),
                "–" if interest.spread is None else f"{interest.spread:.2f}",
                str(interest.hard_count),
                _titles(explorer, typical[interest.category]),
            )
            for interest in sorted(answer.interests, key=lambda one: -one.intensity)
        ],
    )


def categories(
    run: RunArgument,
    top: Annotated[int, typer.Option("--top", min=1, help="Items shown of each category.")] = 5,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            help="CATEGORY=NAME, such as A=Noir: a name of your own, kept with "
            "the run; A= brings back the name from metadata. Repeatable.",
        ),
    ] = None,
    device: DeviceOption = "auto",
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show the hyper-categories that the model learned, and name them.

    Their size, metadata and typical items.

    Example: sigma-tui categories my-run --name A=Noir
    """
    from engine.evaluation.meaning import meaning

    explorer = load_explorer(run, library, device)
    require_categories(explorer)
    for text in name or ():
        letter, equals, wanted = text.partition("=")
        if not equals:
            raise QuestionError(f"{text!r} is not CATEGORY=NAME, such as A=Noir")
        explorer.rename(category_called(explorer, letter), wanted)
    assert explorer.membership is not None
    found = meaning(explorer.membership, explorer.catalogue)
    if json:
        print_json(
            {
                "run": run,
                "meaning": None if found is None else asdict(found),
                "categories": [
                    {
                        "category": portrait.letter,
                        "name": portrait.name,
                        "own_name": portrait.own,
                        "items": portrait.items,
                        "share": portrait.share,
                        "top_items": _labels(explorer, portrait.top_items[:top]),
                        "distinctive": [
                            {"label": label, "lift": lift} for label, lift in portrait.distinctive
                        ],
                    }
                    for portrait in explorer.portraits
                ],
            }
        )
        return
    named = any(portrait.own for portrait in explorer.portraits)
    name_column: list[tuple[str, Literal["left"]]] = [("name", "left")] if named else []
    print_table(
        f"Hyper-categories of {run}",
        [
            ("", "left"),
            *name_column,
            ("distinctive metadata (lift)", "left"),
            ("items", "right"),
            ("share", "right"),
            ("typical items", "left"),
        ],
        [
            (
                portrait.letter,
                *([portrait.name if portrait.own else ""] if named else []),
                ", ".join(f"{label} ×{lift:.1f}" for label, lift in portrait.distinctive[:3]),
                str(portrait.items),
                f"{portrait.share:.0%}",
                _titles(explorer, portrait.top_items[:top]),
            )
            for portrait in explorer.portraits
        ],
        note=""
        if found is None
        else f"Agreement with the metadata, which the model never saw: NMI {found.nmi:.3f} (by "
        f"chance {found.nmi_by_chance:.3f}), purity {found.purity:.3f} (by chance "
        f"{found.purity_by_chance:.3f}).",
    )


def _labels(explorer: "Explorer", items: tuple[int, ...]) -> list[str]:
    return [explorer.catalogue.labels[item - 1] for item in items]


def _titles(explorer: "Explorer", items: tuple[int, ...]) -> str:
    return " · ".join(explorer.catalogue.titles[item - 1] for item in items)


def _name(explorer: "Explorer", category: int) -> str:
    """What a category is about; a personal interest has no name."""
    return explorer.portraits[category].name if explorer.portraits else ""


def _interests_json(explorer: "Explorer", answer: "Answer") -> list[dict[str, Any]]:
    from engine.explore.categories import letter_of

    return [
        {
            "index": interest.category,
            "category": letter_of(interest.category),
            "name": _name(explorer, interest.category),
            "intensity": interest.intensity,
            "sigma": interest.spread,
            "hard_items": interest.hard_count,
        }
        for interest in answer.interests
    ]


def _as_json(explorer: "Explorer", asked: "Asked", answer: "Answer") -> dict[str, Any]:
    from engine.explore.categories import letter_of

    catalogue = explorer.catalogue
    held_out = None
    if answer.target is not None:
        held_out = {
            "item": catalogue.labels[answer.target - 1],
            "rank": answer.target_rank,
        }
    return {
        "run": explorer.run_name,
        "user": asked.user,
        "sequence": _labels(explorer, asked.items),
        "held_out": held_out,
        "items": [
            {
                "rank": line.rank,
                "item": catalogue.labels[line.item - 1],
                "title": catalogue.titles[line.item - 1],
                "categories": list(catalogue.categories[line.item - 1]),
                "score": line.score,
                "probability": line.probability,
                "category": None if line.category is None else letter_of(line.category),
                "membership": line.membership,
            }
            for line in answer.recommendations
        ],
        "diversity": answer.diversity,
        "diversity_learned": answer.diversity_learned,
        "interests": _interests_json(explorer, answer),
    }


def _facts(answer: "Answer", is_cut: bool) -> str:
    facts = []
    target = "what really came next" if is_cut else "held-out next item"
    count = len(answer.recommendations)
    if answer.diversity is not None and answer.without_categories < count:
        facts.append(f"Diversity@{count} {answer.diversity:.3f}")
    if answer.diversity_learned is not None:
        facts.append(f"by learned category {answer.diversity_learned:.3f}")
    if answer.without_categories:
        facts.append(f"{answer.without_categories} without metadata categories")
    if answer.target_rank is not None:
        facts.append(f"{target}: #{answer.target_rank:g}")
    elif answer.target is not None:
        facts.append(f"{target}: in the history, so it cannot be recommended")
    return " · ".join(facts)
