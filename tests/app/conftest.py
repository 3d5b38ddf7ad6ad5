"""A home that a test may write to."""

import shutil
from pathlib import Path

import pytest
from screen_support import home_at

from engine.home import Home


@pytest.fixture
def home(small, tmp_path: Path) -> Home:
    """A home of its own with the small library and run."""
    shutil.copy(small.library, tmp_path / "library.duckdb")
    shutil.copytree(small.run, tmp_path / "runs" / "tiny")
    return home_at(tmp_path)
