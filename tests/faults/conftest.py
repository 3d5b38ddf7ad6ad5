"""What tests of faults share: the process that starts the program in milliseconds."""

from collections.abc import Iterator

import pytest
from killing import Nursery


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Loaded once for all tests."""
    made = Nursery(tmp_path_factory.mktemp("nursery"))
    yield made
    made.close()
