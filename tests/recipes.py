"""What the documents tell people to type, section by section, and what becomes of it in tests."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]

NOT_RUN = {
    r"data get": "speaks to the network; tests/engine/library/test_download.py has it",
    r"reproduce (table|figure)\d": "needs `data get`; tests/engine/experiments run it on made data",
    r"serve": "goes on until it is ended; tests/commands/test_serve.py opens and ends it",
    r".* --gpus 4": "needs four GPUs; tests/engine/training/test_together.py has two processes",
    r".* --device cuda": "needs a GPU",
}
"""Commands that no test of recipes gives, and why."""
IN_THE_APP = r"explore|compare|demo"
"""Commands that open the app."""
MEASURING = r"bench"
"""Commands that take minutes, as they say of themselves."""
SHORTER = {
    r"train .*": ("--epochs", "2"),
    r"tune .*": ("--trials", "2", "--set", "epochs=1"),
    r"(data|runs) remove .*": ("--yes",),
}
"""What is added, so that it takes seconds, or asks nobody."""
REFUSED = {r"runs stop": "is not being trained"}
"""Commands that have nothing to do here, and what they say then."""


@dataclass(frozen=True)
class Section:
    """A part of a page. commands: words after ``sigma-tui``, in the order they are told."""

    page: str
    title: str
    commands: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return f"{self.page}: {self.title}"

    def of(self, kind: str) -> list[tuple[str, ...]]:
        """Its commands of a kind, one of those above."""
        return [words for words in self.commands if matches(kind, words)]


def sections() -> Iterator[Section]:
    """All parts of pages that tell commands."""
    for page in PAGES:
        for part in re.split(r"^(?=#+ )", page.read_text("utf-8"), flags=re.M):
            found = tuple(_commands(part))
            if found:
                title = part.partition("\n")[0].strip("# `")
                yield Section(page.name, title, found)


def _commands(text: str) -> Iterator[tuple[str, ...]]:
    for block in re.findall(r"```(?:sh|console|bash)\n(.*?)```", text, re.S):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            while "&&" in words:
                yield from _one(words[: words.index("&&")])
                words = words[words.index("&&") + 1 :]
            yield from _one(words)


def _one(words: list[str]) -> Iterator[tuple[str, ...]]:
    if words[:1] == ["sigma-tui"]:
        ends = [words.index(end) for end in ("|", ">", ";") if end in words]
        yield tuple(words[1 : min(ends, default=len(words))])


def matches(pattern: str, words: tuple[str, ...]) -> bool:
    """Whether a command begins as a pattern says."""
    return re.match(rf"(?:{pattern})(?: |$)", " ".join(words)) is not None


def first_of(patterns: dict[str, object], words: tuple[str, ...]) -> object:
    """What is told of the first pattern that a command begins with; None without one."""
    return next((told for one, told in patterns.items() if matches(one, words)), None)
