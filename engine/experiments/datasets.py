"""The datasets of the experiments: recognised in the library, or imported from a folder."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LibraryError
from engine.library.importing import ImportRequest, import_source
from engine.library.library import DatasetSummary, Library
from engine.library.watch import Progress


@dataclass(frozen=True)
class Known:
    """A dataset that the experiments know.

    title: for people. file: in a folder of datasets. fingerprint: of the data as imported here.
    shape: users, items and interactions (paper, Table 1). min_rating, k_core: rules of its import.
    Without fingerprint and shape it is known by its name and these rules.
    """

    title: str
    file: str
    fingerprint: str = ""
    shape: tuple[int, int, int] | None = None
    min_rating: float | None = None
    k_core: int | None = None

    def is_it(self, key: str, summary: DatasetSummary) -> bool:
        """Whether a dataset of the library is this one."""
        if self.fingerprint:
            found = (summary.users, summary.items, summary.interactions)
            return summary.fingerprint == self.fingerprint or found == self.shape
        rules = (summary.options.get("min_rating"), summary.options.get("k_core"))
        return summary.name == key and rules == (self.min_rating, self.k_core)


KNOWN: Mapping[str, Known] = {
    "office": Known(
        "Office Products",
        "amazon/Office_Products.txt",
        "ecc2198726169b7f7dddba250596e23152ac8e5608d4b902bb179ae1761ab03a",
        (4_905, 2_420, 53_258),
    ),
    "beauty": Known(
        "Beauty",
        "amazon/Beauty.txt",
        "f3561a69e8c7b6823b1eda38e813b3bbcbe7586bca3d42a482d45f17dcfbd27b",
        (22_363, 12_101, 198_502),
    ),
    "toys": Known(
        "Toys and Games",
        "amazon/Toys_and_Games.txt",
        "d6b868a79b7b432efd47434f4424e665ebb419cd7c95205cb3f8677876e869d4",
        (19_412, 11_924, 167_597),
    ),
    "ml-1m": Known("MovieLens-1M", "ml-1m/ratings.dat", min_rating=4, k_core=5),
    "ml-100k": Known(
        "MovieLens-100K",
        "ml-100k-recbole/ml-100k.inter",
        "d18109d64204979d80db33d1632904c740493a5e2b7220e1c6224fa3074aada3",
        (938, 1_008, 54_413),
        min_rating=4,
        k_core=5,
    ),
}
"""By key. MovieLens: ratings of 4 and 5 are positive, then the 5-core (paper 4.1.1); what the paper
counts in its Table 1 is MovieLens-1M before these rules."""

STAND_INS: Mapping[str, str] = {"ml-1m": "ml-100k"}
"""What takes the place of a dataset that the library lacks. Its results stand apart, as results on
other data, and nothing is compared with the paper."""


def title_of(key: str) -> str:
    """A dataset's name for people."""
    return KNOWN[key].title if key in KNOWN else key


def datasets_in(library: Path, keys: Iterable[str]) -> dict[str, DatasetSummary]:
    """The wanted datasets of the library, by key, stand-ins under their own.

    keys: of KNOWN, or names of other datasets in the library, which are their own keys.
    Raises LibraryError that says how to get what is missing.
    """
    found: dict[str, DatasetSummary] = {}
    missing = []
    with Library.open(library) as opened:
        held = opened.datasets()
        for key in keys:
            if key not in KNOWN:
                summary = opened.summary(key)
                known_as = (name for name in KNOWN if KNOWN[name].is_it(name, summary))
                found[next(known_as, key)] = summary
                continue
            for name in (key, STAND_INS.get(key, key)):
                known = KNOWN[name]
                same = next((one for one in held if known.is_it(name, one)), None)
                if same is not None:
                    found[name] = same
                    break
            else:
                missing.append(key)
    if missing:
        titles = ", ".join(title_of(key) for key in missing)
        words = "; ".join(f"sigma-tui data get {key}" for key in missing)
        raise LibraryError(
            f"the library lacks {titles}. Get what is missing ({words}), or name a folder with "
            f"{', '.join(KNOWN[key].file for key in missing)} by --data."
        )
    return found


def import_missing(
    library: Path,
    folder: Path,
    keys: Iterable[str],
    progress: Callable[[Progress], None] | None = None,
) -> list[str]:
    """Imports those of the known datasets that the library lacks and the folder has.

    A stand-in is imported where the folder has no file of the dataset itself. Each is named by its
    key. Returns the keys imported. Raises LibraryError if a name is taken by other data.
    """
    imported = []
    for key in keys:
        if key not in KNOWN:
            continue
        with Library.open(library) as opened:
            held = opened.datasets()
        names = (key, STAND_INS.get(key, key))
        if any(KNOWN[name].is_it(name, summary) for name in names for summary in held):
            continue
        name = next((one for one in names if (folder / KNOWN[one].file).is_file()), None)
        if name is None:
            continue
        known = KNOWN[name]
        request = ImportRequest(
            folder / known.file, name, min_rating=known.min_rating, k_core=known.k_core
        )
        import_source(library, request, progress)
        imported.append(name)
    return imported
