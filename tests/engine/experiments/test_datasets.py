"""Which data of the library an experiment takes, and how it gets what is missing."""

import pytest

from engine.errors import LibraryError
from engine.experiments.datasets import KNOWN, datasets_in, import_missing
from engine.library.importing import ImportRequest, import_source


def test_data_is_known_by_what_it_is_and_not_by_its_name(data, tmp_path) -> None:
    library = tmp_path / "library.duckdb"
    office = data / KNOWN["office"].file
    import_source(library, ImportRequest(office, "stationery"))
    found = datasets_in(library, ["office"])
    assert found["office"].name == "stationery"
    assert found["office"].fingerprint == KNOWN["office"].fingerprint
    assert datasets_in(library, ["stationery"]).keys() == {"office"}


def test_a_dataset_of_the_right_name_and_other_data_is_not_taken(small, tmp_path) -> None:
    library = tmp_path / "library.duckdb"
    import_source(library, ImportRequest(small.home / "readings.csv", "office"))
    import_source(library, ImportRequest(small.home / "readings.csv", "ml-1m"))
    for key in ("office", "ml-1m"):  # the rules of import are not those of MovieLens
        with pytest.raises(LibraryError, match="lacks"):
            datasets_in(library, [key])


def test_what_is_missing_says_how_to_get_it(tmp_path) -> None:
    with pytest.raises(LibraryError) as error:
        datasets_in(tmp_path / "none.duckdb", ["beauty", "ml-1m"])
    for words in ("Beauty, MovieLens-1M", "sigma-tui data get beauty", "sigma-tui data get ml-1m",
                  "--data"):  # fmt: skip
        assert words in str(error.value)


def test_another_dataset_of_the_library_is_taken_by_its_name(small) -> None:
    assert datasets_in(small.library, ["small"])["small"].users == 30
    with pytest.raises(LibraryError, match="Did you mean 'small'"):
        datasets_in(small.library, ["smal"])


def test_missing_data_is_imported_from_a_folder_once_and_a_stand_in_for_what_is_not_there(
    data, tmp_path
) -> None:
    library = tmp_path / "library.duckdb"
    assert import_missing(library, data, ["office", "ml-1m", "own"]) == ["office", "ml-100k"]
    assert import_missing(library, data, ["office", "ml-1m"]) == []
    found = datasets_in(library, ["ml-1m", "office"])
    assert list(found) == ["ml-100k", "office"]
    for key, summary in found.items():
        known = KNOWN[key]
        assert summary.fingerprint == known.fingerprint
        assert (summary.users, summary.items, summary.interactions) == known.shape
