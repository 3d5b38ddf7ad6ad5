"""The documents tell what is so: commands and options as the code has them, links that lead on."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from sigma_tui.main import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = ROOT / "docs" / "commands.md"


def leaves(command, *before: str):
    """Every command that does something, with its words."""
    for name, one in getattr(command, "commands", {}).items():
        if hasattr(one, "commands"):
            yield from leaves(one, *before, name)
        else:
            yield (*before, name), one


LEAVES = dict(leaves(typer.main.get_command(app)))


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.S)


def anchors(page: Path) -> set[str]:
    """Headings as GitHub and others call them in links."""
    titles = re.findall(r"^#+ (.*)$", without_code(page.read_text("utf-8")), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_there_are(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text("utf-8"))):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}"


def written_commands():
    for page in PAGES:
        for block in re.findall(r"```(?:sh|console|bash)\n(.*?)```", page.read_text("utf-8"), re.S):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line.removeprefix("$ "), comments=True)
                if words[:1] == ["sigma-tui"]:
                    yield pytest.param(words[1:], id=f"{page.stem}: {' '.join(words)}"[:90])


@pytest.mark.parametrize("words", list(written_commands()))
def test_every_command_in_the_documents_can_be_given(words: list[str]) -> None:
    for end in (one for one in ("|", ">", "&&", ";") if one in words):
        words = words[: words.index(end)]
    command = typer.main.get_command(app)
    context = command.make_context("sigma-tui", list(words))
    while hasattr(command, "commands") and (rest := [*context._protected_args, *context.args]):
        command = command.commands[rest[0]]
        context = command.make_context(rest[0], rest[1:], parent=context)


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_is_told_with_all_its_options_as_the_code_has_them(words) -> None:
    name, command = " ".join(words), LEAVES[words]
    page = COMMANDS.read_text("utf-8")
    group = words[0] if f"\n## `sigma-tui {name}`\n" not in page else name
    found = re.search(rf"^## `sigma-tui {group}`\n(.*?)(?=^## |\Z)", page, re.S | re.M)
    assert found and (group == name or f"sigma-tui {name}" in found[1]), f"nothing tells of {name}"
    told = re.findall(r"^\| (`[^|]+) \| ", found[1], re.M)
    labels = {
        one.opts[0] if one.param_type_name == "option" else one.name.upper()
        for one in command.params
        if one.name != "help"
    }
    assert not re.search(r"^\| `[^|]+ \| *\|", found[1], re.M), "an option is told without a word"
    assert all(getattr(one, "help", None) for one in command.params), "an option has no help"
    written = {label for row in told for label in re.findall(r"`([^`]+)`", row)}
    if group == name:
        assert written >= labels, "an option is missing"
    known = {name for one in command.params for name in one.opts}
    assert {label for label in written if label.startswith("--")} <= known or group != name
