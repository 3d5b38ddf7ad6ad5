"""Pictures of screens are compared with the Textual version that drew them; a plain model."""

from collections.abc import Callable
from pathlib import Path

import pytest
import textual

from engine.training.train import TrainRequest, train

DRAWN_WITH = "8.2.8"


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Another version of Textual draws other SVG for the same screen; the development
    requirements name the one that drew these."""
    if textual.__version__ != DRAWN_WITH:
        pytest.skip(f"the pictures were drawn with Textual {DRAWN_WITH}")
    return snap_compare


@pytest.fixture(scope="session")
def plain(small) -> Path:
    """A run of a model without interests."""
    request = TrainRequest(
        library=small.library,
        runs=small.home / "plain",
        dataset="small",
        name="plain",
        model="sasrec",
        settings={"dim": 16, "epochs": 1},
        device="cpu",
    )
    return train(request).path
