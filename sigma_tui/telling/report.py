"""A report of an error that nobody foresaw: a file that can be given to the makers.

It names versions and the places in the code that were being carried out. What the error itself says
may quote data, so it is left out unless somebody asks for it with ``--verbose``.
"""

import contextlib
import platform
import tempfile
import traceback
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine.own_files import make_private

PACKAGES = ("sigma-tui", "torch", "textual", "duckdb", "typer", "rich", "numpy", "safetensors")
KEPT = 20
"""Reports that stay; older ones go."""


def report(error: BaseException, folder: Path, *, verbose: bool = False) -> str:
    """Writes a report and returns the sentence for a person. folder: usually the log directory; one
    for temporary files if that cannot be written. verbose: with what the error says, too."""
    text = _text(error, verbose=verbose)
    for place in (folder, Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            file = _write(text, place)
            if verbose:
                with_data = "It quotes the error, which may quote your data: look before you send"
            else:
                with_data = "It holds nothing of your data; please send"
            return (
                f"That is a defect of sigma-tui ({type(error).__name__}), not a mistake of yours. "
                f"What is needed to find it lies in {file}. {with_data} it to the makers."
            )
    return f"That is a defect of sigma-tui, and its report could not be written:\n{text}"


def _write(text: str, folder: Path) -> Path:
    make_private(folder)
    for old in sorted(folder.glob("defect-*.txt"))[: -KEPT + 1]:
        old.unlink(missing_ok=True)
    when = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for number in range(1000):
        file = folder / f"defect-{when}{f'-{number}' if number else ''}.txt"
        with contextlib.suppress(FileExistsError), file.open("x", encoding="utf-8") as output:
            file.chmod(0o600)
            output.write(text)
            return file
    raise FileExistsError(folder)


def _text(error: BaseException, *, verbose: bool) -> str:
    lines = [
        f"sigma-tui, a defect at {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"system: {platform.platform()}, Python {platform.python_version()}",
        *(f"{name}: {_version(name)}" for name in PACKAGES),
        "",
    ]
    one: BaseException | None = error
    while one is not None:
        lines.append(f"{type(one).__module__}.{type(one).__qualname__}")
        if verbose:
            lines.append(f"says: {str(one)!r}")
        for frame in traceback.extract_tb(one.__traceback__):
            place = "/".join(Path(frame.filename).parts[-3:])  # no name of a person's directory
            lines.append(f"  {place}:{frame.lineno} {frame.name}: {frame.line}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if one is not None:
            lines.append("after:")
    return "\n".join(lines) + "\n"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
