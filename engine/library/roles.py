"""Which column means what: user, item, time, rating, title or categories."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from engine.errors import SourceError

Role = Literal["user", "item", "time", "rating", "title", "categories"]

NAMES: dict[Role, tuple[str, ...]] = {
    "user": ("userid", "user", "uid", "reviewerid", "customerid", "customer", "reader", "visitorid",
             "sessionid", "session", "member", "memberid", "person", "account", "userlabel"),
    "item": ("itemid", "item", "iid", "movieid", "asin", "parentasin", "productid", "product",
             "bookid", "book", "businessid", "trackid", "songid", "articleid", "isbn", "movie",
             "contentid", "gameid"),
    "time": ("timestamp", "time", "unixreviewtime", "datetime", "date", "ts", "createdat",
             "eventtime", "reviewtime", "when"),
    "rating": ("rating", "overall", "score", "stars", "ratings", "rate"),
    "title": ("title", "movietitle", "itemtitle", "producttitle", "name", "itemname", "productname",
              "booktitle"),
    "categories": ("genres", "genre", "categories", "category", "class", "tags", "subjects"),
}  # fmt: skip
"""Column names that tell a role, best first; compared without case and punctuation."""


def folded(name: str) -> str:
    """A column's name without case, punctuation and type: ``user_id:token`` is ``userid``."""
    return re.sub(r"[^a-z0-9]", "", name.split(":")[0].lower())


def listed(columns: Sequence[str]) -> str:
    """Columns as a sentence has them: not all of ten thousand, and none of a megabyte."""
    names = ", ".join(column[:60] for column in columns[:20])
    return names + (f" and {len(columns) - 20:,} more" if len(columns) > 20 else "")


def is_known(name: str) -> bool:
    """Whether a name tells a role, so that the line it stands in is a header."""
    return any(folded(name) in names for names in NAMES.values())


def guessed_roles(columns: Sequence[str]) -> dict[Role, str]:
    """Roles told by the columns' names."""
    by_name = {folded(column): column for column in reversed(columns)}
    roles: dict[Role, str] = {}
    for role, names in NAMES.items():
        for name in names:
            if name in by_name and by_name[name] not in roles.values():
                roles[role] = by_name[name]
                break
    return roles


def named_roles(path: Path, columns: Sequence[str], wanted: Mapping[Role, str]) -> dict[Role, str]:
    """Roles that the user named; SourceError, with the nearest name, if there is no such column."""
    named: dict[Role, str] = {}
    for role, name in wanted.items():
        exact = [column for column in columns if name in (column, column.split(":")[0])]
        if not exact:
            near = get_close_matches(name, columns, n=1, cutoff=0.4)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise SourceError(
                f"{path} has no column {name!r} for the {role}.{hint} "
                f"Its columns: {listed(columns)}."
            )
        named[role] = exact[0]
    return named
