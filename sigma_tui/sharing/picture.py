"""A screen as an SVG picture that fetches nothing: rich's own asks a server for its font."""

import io
import re
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.segment import Segment, Segments

FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def picture_of(lines: Sequence[Iterable[Segment]], width: int, title: str) -> str:
    """Lines of a screen as they are painted, in a frame with a title."""
    console = Console(
        width=width,
        height=len(lines),
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
        _environ={},
    )
    for line in lines:
        console.print(Segments([*line, Segment.line()]), end="")
    return FONT.sub("", console.export_svg(title=title))
