"""Small drawings in text: columns of fixed width, bars, changes, sparklines."""

from collections.abc import Sequence

from rich.text import Text

from sigma_tui.look.text import visible

EIGHTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = "▁▂▃▄▅▆▇█"


def column(text: str, width: int, style: str = "") -> Text:
    """Data in exactly so many cells, cut with an ellipsis; wide characters count as two."""
    shown = Text(visible(text), style=style, no_wrap=True, end="")
    shown.truncate(max(0, width), overflow="ellipsis", pad=True)
    return shown


def bar(share: float, width: int) -> str:
    """A bar of a share of the width, exact to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def progress_bar(share: float, width: int) -> Text:
    """A bar of what is done, and a trace of what is left."""
    done = bar(share, width).rstrip()
    return Text.assemble((done, "bold"), ("░" * (width - len(done)), "dim"), end="")


def sparkline(values: Sequence[float], width: int, highest: float) -> str:
    """Values as heights over the whole width, each cell the value nearest to it in time."""
    import numpy as np  # home draws lines too, and comes before it is imported

    places = np.arange(max(0, width)) * ((len(values) - 1) / max(1, width - 1))
    shown = np.asarray(values)[np.rint(places).astype(np.intp)]
    scale = (len(HEIGHTS) - 1) / highest if highest > 0 else 0.0
    heights = np.minimum(np.rint(shown * scale).astype(np.intp), len(HEIGHTS) - 1)
    return "".join([HEIGHTS[height] for height in heights.tolist()])


def share(value: float) -> str:
    """A share in two digits without a leading zero: .41."""
    return f"{value:.2f}".removeprefix("0") if value < 0.995 else "1.0"


def rank(value: float) -> str:
    """A rank; ties counted half show as the better place. A dash where it can only miss: the item
    had been there before."""
    return "–" if value == float("inf") else f"{int(value)}"


def change(value: float, digits: int = 2) -> str:
    """A signed change, or a dot where nothing shows at this precision."""
    text = f"{value:+.{digits}f}"
    if float(text) == 0:
        return "·"
    return text.replace("0.", ".", 1)


def rank_change(now: int, before: int | None) -> tuple[str, str]:
    """How a rank changed, with a style: ▲2, ▼1, new, or a dot."""
    if before is None:
        return "new", "bold"
    if now == before:
        return "·", "dim"
    return (f"▲{before - now}", "bold") if now < before else (f"▼{now - before}", "")
