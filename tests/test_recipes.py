"""What the documents tell people to type does what they say: each section in a home of its own.

Benchmarks take their minutes with ``-m slow``.
"""

import random
import shutil
from pathlib import Path

import duckdb
import pytest
from killing import SLOW, Nursery
from recipes import (
    IN_THE_APP,
    MEASURING,
    NOT_RUN,
    REFUSED,
    SHORTER,
    Section,
    first_of,
    matches,
    sections,
)
from terminal import Terminal

SECTIONS = list(sections())
APART = f"{IN_THE_APP}|{MEASURING}"


def typed(section: Section) -> list[tuple[str, ...]]:
    """Its commands that are given here, one after the other."""
    return [
        words
        for words in section.commands
        if not matches(APART, words) and first_of(NOT_RUN, words) is None
    ]


def cases() -> list[object]:
    """Sections with such commands; those of the README that take little in every run of tests."""
    return [
        pytest.param(one, id=str(one), marks=() if is_quick(one) else pytest.mark.thorough)
        for one in SECTIONS
        if typed(one)
    ]


def is_quick(section: Section) -> bool:
    return section.page == "README.md" and not section.of("tune")


@pytest.fixture(scope="module")
def place(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a person has who follows the recipes: ``work``, a folder with files, and ``home`` with
    what earlier recipes made."""
    place = tmp_path_factory.mktemp("recipes")
    work, home = place / "work", place / "home"
    films = work / "ml-latest-small"
    films.mkdir(parents=True)
    chance = random.Random(5)
    items = [50, 296, 589, *range(700, 722)]
    rows = ["userId,movieId,rating,timestamp"]
    for user in range(390, 430):
        for step, item in enumerate([589, *chance.sample(items[:2] + items[3:], 11)]):
            rows.append(f"{user},{item},{chance.choice((4, 4.5, 5))},{1_500_000_000 + step}")
    (films / "ratings.csv").write_text("\n".join(rows))
    shutil.copy(films / "ratings.csv", work)
    titles = [f"{item},Film {item},{'Drama|War' if item % 2 else 'Comedy'}" for item in items]
    (films / "movies.csv").write_text("\n".join(["movieId,title,genres", *titles]))
    with duckdb.connect(work / "shop.duckdb") as shop:
        columns = "'c' || (i % 40) AS {0}, 'p' || (i * i % 23) AS {1}, i AS {2}"
        for table, names in (
            ("clicks", ("user_id", "item_id", "timestamp")),
            ("orders", ("customer", "product", "bought_at")),
        ):
            shop.execute(
                f"CREATE TABLE {table} AS SELECT {columns.format(*names)} FROM range(400) t(i)"
            )
    small = ("--epochs", "1", "--set", "dim=16", "--device", "cpu")
    for words in (
        ("data", "import", "ml-latest-small/ratings.csv", "--name", "films", "--k-core", "5"),
        ("train", "films", "--name", "films-sigma-1", *small, "--set", "categories=4"),
        ("train", "films", "--model", "sasrec", "--name", "films-sasrec-1", *small),
    ):
        nursery.well(home, *words, folder=str(work))
    shutil.copytree(home / "runs" / "films-sigma-1", home / "runs" / "my-run")
    return place


@pytest.fixture
def here(place: Path, tmp_path: Path) -> Path:
    """A copy of it, for one section alone."""
    return Path(shutil.copytree(place, tmp_path / "here"))


def test_every_command_that_is_left_out_is_told_in_some_document() -> None:
    told = [words for section in SECTIONS for words in section.commands]
    for pattern in (*NOT_RUN, *SHORTER, *REFUSED):
        assert any(matches(pattern, words) for words in told), f"nothing tells of {pattern}"


@pytest.mark.parametrize("section", cases())
def test_what_a_section_tells_can_be_followed(
    nursery: Nursery, here: Path, section: Section
) -> None:
    home, work = here / "home", here / "work"
    if any("films" in words and words[:2] == ("data", "import") for words in section.commands):
        shutil.rmtree(home)  # they begin with the data
    bundle = work / "films-sigma-1.sigma.zip"
    for words in typed(section):
        unpacks = words[:2] == ("runs", "unpack")
        if unpacks and not bundle.exists():
            nursery.well(home, "runs", "pack", "films-sigma-1", folder=str(work))
        given = (*words, *(first_of(SHORTER, words) or ()))
        ended = nursery.run(
            here / "over there" if unpacks else home,
            *given,
            folder=str(work),
            env={"EDITOR": "true", "VISUAL": None},
        )
        refusal = first_of(REFUSED, words)
        assert ended.status == bool(refusal), f"{' '.join(given)}\n{ended.said}"
        assert str(refusal or "") in ended.said
        if "--output" in words:
            assert (work / words[words.index("--output") + 1]).stat().st_size > 0


OPENING = [
    pytest.param(words, id=" ".join(words))
    for words in sorted({words for section in SECTIONS for words in section.of(IN_THE_APP)})
]


@pytest.mark.thorough
@pytest.mark.parametrize("words", OPENING)
def test_what_opens_the_app_opens_it(here: Path, words: tuple[str, ...]) -> None:
    app = Terminal(here / "home", *words, folder=here / "work")
    try:
        app.until_shown("Sequence")
        app.type("q")
        app.until_ended()
        assert app.process.returncode == 0, app.shown[-2000:]
    finally:
        app.end()


MEASURED = [
    pytest.param(words, id=" ".join(words), marks=SLOW)
    for words in sorted({words for section in SECTIONS for words in section.of(MEASURING)})
]


@pytest.mark.parametrize("words", MEASURED)
def test_what_measures_ends_with_figures(
    nursery: Nursery, here: Path, words: tuple[str, ...]
) -> None:
    given = tuple("films" if word == "DATASET" else word for word in words)
    ended = nursery.run(here / "home", *given, folder=str(here / "work"))
    assert ended.status == 0 and any(letter.isdigit() for letter in ended.said), ended.said
