"""Public datasets that `data get` can bring: where they are, what proves them, how to import them.

Only files that their publisher keeps as they are, each with a SHA-256 confirmed from a public
source: MovieLens by TensorFlow Datasets' `movielens.txt` (ml-32m by several projects that pin it),
the Amazon sequences by equal files in the repositories of S3-Rec, ICLRec and ContrastVAE, whose
counts are those of the paper's Table 1. `ml-latest` and `ml-latest-small` are not here: GroupLens
changes them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from engine.errors import SourceError
from engine.library.movielens_100k import name_genres
from engine.library.partial_file import Remote


@dataclass(frozen=True)
class KnownDataset:
    """One dataset.

    name: what the user types, and the dataset's name if no other is given. title: in words. rows:
    interactions in it before any rule. remote: the file. licence: what its publisher asks for, in a
    sentence. members: of a zip, name in it → file name here; none: the file is no zip. unpacked:
    bytes of the members at most. interactions: file name of the source among them; None without
    members. items: of the titles, where they are not found by custom. prepare: what to do in the
    folder of the members before the import. min_rating, k_core: the rules of the import.
    """

    name: str
    title: str
    rows: int
    remote: Remote
    licence: str
    k_core: int
    min_rating: float | None = None
    members: Mapping[str, str] = field(default_factory=dict)
    unpacked: int = 0
    interactions: str | None = None
    items: str | None = None
    prepare: Callable[[Path], None] | None = None

    @property
    def file(self) -> str:
        """The name of the download."""
        return self.name + PurePosixPath(self.remote.url).suffix


def known_dataset(name: str) -> KnownDataset:
    """The dataset of that name. Raises SourceError, with the nearest name, if there is none."""
    if name in KNOWN:
        return KNOWN[name]
    near = get_close_matches(name, KNOWN, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise SourceError(
        f"there is no known dataset {name!r}. {hint}`sigma-tui data get` lists "
        f"what is known: {', '.join(KNOWN)}."
    )


MOVIELENS_LICENCE = (
    "Research use with acknowledgement (Harper and Konstan 2015); no redistribution and no "
    "commercial use without GroupLens' permission."
)
AMAZON_LICENCE = (
    "Sequences without titles made from reviews until 2014 (McAuley, UCSD), published with "
    "research code; no licence is stated."
)


def _movielens(
    release: str,
    ratings: int,
    size: int,
    sha256: str,
    *,
    ending: str,
    unpacked: int,
) -> KnownDataset:
    """A release of MovieLens whose titles are in a file beside the ratings."""
    name = f"ml-{release}"
    return KnownDataset(
        name=name,
        title=f"MovieLens {release.upper()}",
        rows=ratings,
        remote=Remote(
            url=f"https://files.grouplens.org/datasets/movielens/{name}.zip",
            size=size,
            sha256=sha256,
            page=f"https://grouplens.org/datasets/movielens/{release}/",
        ),
        licence=MOVIELENS_LICENCE,
        min_rating=4,
        k_core=5,
        members={f"{name}/{file}.{ending}": f"{file}.{ending}" for file in ("ratings", "movies")},
        unpacked=unpacked,
        interactions=f"ratings.{ending}",
    )


def _name_genres_of_100k(folder: Path) -> None:
    name_genres(folder / "u.item", folder / "u.genre", folder / "movies.dat")


def _movielens_100k() -> KnownDataset:
    return KnownDataset(
        name="ml-100k",
        title="MovieLens 100K",
        rows=100_000,
        remote=Remote(
            url="https://files.grouplens.org/datasets/movielens/ml-100k.zip",
            size=4_924_029,
            sha256="50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
            page="https://grouplens.org/datasets/movielens/100k/",
        ),
        licence=MOVIELENS_LICENCE,
        min_rating=4,
        k_core=5,
        members={f"ml-100k/{file}": file for file in ("u.data", "u.item", "u.genre")},
        unpacked=4 << 20,
        interactions="u.data",
        items="movies.dat",
        prepare=_name_genres_of_100k,
    )


S3REC = "RUCAIBox/CIKM2020-S3Rec", "2a81540ae18615d88ef88227b0c066e5b74781e5"
CONTRAST_VAE = "YuWang-1024/ContrastVAE", "8ae9d0844fc7f531fb42b4a3c877f8dd7b739580"


def _amazon(
    name: str, category: str, rows: int, size: int, sha256: str, source: tuple[str, str]
) -> KnownDataset:
    """The 5-core of a category of Amazon's reviews until 2014, a line a user, oldest first.

    source: a GitHub repository and the commit that names the file for ever.
    """
    repository, commit = source
    return KnownDataset(
        name=name,
        title=f"Amazon {category}",
        rows=rows,
        remote=Remote(
            url=f"https://raw.githubusercontent.com/{repository}/{commit}/data/"
            f"{category.replace(' ', '_')}.txt",
            size=size,
            sha256=sha256,
            page=f"https://github.com/{repository}",
        ),
        licence=AMAZON_LICENCE,
        k_core=5,
    )


KNOWN: dict[str, KnownDataset] = {
    known.name: known
    for known in (
        _movielens_100k(),
        _movielens(
            "1m",
            1_000_209,
            5_917_549,
            "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
            ending="dat",
            unpacked=32 << 20,
        ),
        _movielens(
            "20m",
            20_000_263,
            198_702_078,
            "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
            ending="csv",
            unpacked=700 << 20,
        ),
        _movielens(
            "25m",
            25_000_095,
            261_978_986,
            "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa",
            ending="csv",
            unpacked=900 << 20,
        ),
        _movielens(
            "32m",
            32_000_204,
            238_950_008,
            "e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee",
            ending="csv",
            unpacked=1200 << 20,
        ),
        _amazon(
            "beauty",
            "Beauty",
            198_502,
            1_090_094,
            "226cce9c3105299ca0db9615d7d3fb32b3175e90da43100ae352599f0f0107b8",
            S3REC,
        ),
        _amazon(
            "office",
            "Office Products",
            53_258,
            271_070,
            "adc4056de39e8bf939ddc9fd059e555b5f940fbdce33f9aaf4bcbb6dd4aa36e2",
            CONTRAST_VAE,
        ),
        _amazon(
            "toys",
            "Toys and Games",
            167_597,
            922_166,
            "176c680c688d497598c4a89a03b402c0fe78d795e5db335c2e78dd5f2d778a3f",
            S3REC,
        ),
    )
}
"""By name, in the order in which they are listed."""
