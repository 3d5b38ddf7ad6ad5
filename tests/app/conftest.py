"""Pictures of screens are compared with the Textual version that drew them."""

from collections.abc import Callable

import pytest
import textual

DRAWN_WITH = "8.2.8"


@pytest.fixture
def snap_compare(snap_compare: Callable[..., bool]) -> Callable[..., bool]:
    """Another version of Textual draws other SVG for the same screen; the development
    requirements name the one that drew these."""
    if textual.__version__ != DRAWN_WITH:
        pytest.skip(f"the pictures were drawn with Textual {DRAWN_WITH}")
    return snap_compare
