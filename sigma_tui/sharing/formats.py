"""Which part can be written in which format, and the text of each."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, cast

import platformdirs

from sigma_tui.sharing.as_csv import analysis_as_csv, table_as_csv
from sigma_tui.sharing.as_html import analysis_as_html
from sigma_tui.sharing.as_json import analysis_as_json, part_as_json, table_as_json
from sigma_tui.sharing.as_markdown import analysis_as_markdown, part_as_markdown, table_as_markdown
from sigma_tui.sharing.records import Analysis, UserLine
from sigma_tui.sharing.tables import PARTS, Part, users_table

Format = Literal["markdown", "csv", "json", "html", "svg", "sh"]
Shared = Literal[Part, "everything", "command", "screen"]
"""What can be shared."""

SUFFIXES: dict[Format, str] = {
    "markdown": ".md", "csv": ".csv", "json": ".json", "html": ".html", "svg": ".svg", "sh": ".sh",
}  # fmt: skip
NAMES: dict[Format, str] = {
    "markdown": "Markdown", "csv": "CSV", "json": "JSON", "html": "HTML report",
    "svg": "SVG picture", "sh": "shell",
}  # fmt: skip
OF_A_PART: tuple[Format, ...] = ("markdown", "csv", "json")


def formats_of(shared: Shared) -> tuple[Format, ...]:
    """The formats that something can be written in, the usual one first."""
    if shared == "everything":
        return ("html", *OF_A_PART)
    if shared == "screen":
        return ("svg",)
    return ("sh",) if shared == "command" else OF_A_PART


def analysis_text(analysis: Analysis, shared: Shared, format: Format) -> str:
    """An analysis, or one part of it, in a format that ``formats_of`` names."""
    if shared == "command":
        return analysis.command + "\n"
    if shared == "everything":
        whole = {
            "html": analysis_as_html, "markdown": analysis_as_markdown,
            "json": analysis_as_json, "csv": analysis_as_csv,
        }  # fmt: skip
        return whole[format](analysis)
    part = cast(Part, shared)
    if format == "csv":
        return table_as_csv(PARTS[part](analysis.now))
    return {"markdown": part_as_markdown, "json": part_as_json}[format](analysis, part)


def users_text(users: Iterable[UserLine], format: Format) -> str:
    """The list of users in a format of a part."""
    table = users_table(users)
    if format == "markdown":
        return table_as_markdown(table) + "\n"
    return {"csv": table_as_csv, "json": table_as_json}[format](table)


def format_of(path: Path) -> Format | None:
    """The format that a file's name asks for."""
    for name, suffix in SUFFIXES.items():
        if path.suffix.lower() == suffix:
            return name
    return None


def proposed_path(dataset: str, user: str | None, shared: Shared, format: Format) -> Path:
    """A free name in the person's documents, or else in the current directory. user: whose it is,
    None for what is of nobody alone."""
    documents = platformdirs.user_documents_path()
    folder = documents if documents.is_dir() else Path.cwd()
    words = ["sigma-tui", dataset, *([] if user is None else [user])]
    if shared != "everything":
        words.append(shared)
    stem = "-".join(re.sub(r"[^\w.]+", "-", word).strip("-.") for word in words)[:80]
    path = folder / f"{stem}{SUFFIXES[format]}"
    number = 2
    while path.exists() or path.is_symlink():
        path = folder / f"{stem}-{number}{SUFFIXES[format]}"
        number += 1
    return path
