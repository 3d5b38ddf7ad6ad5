"""What tests of faults share: the process that starts the program in milliseconds."""

from collections.abc import Iterator

import pytest
from killing import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Loaded once for all tests."""
    made = Nursery()
    yield made
    made.close()
