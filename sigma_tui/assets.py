"""Where the files lie that the app ships: styles, themes, the demo."""

from pathlib import Path


def assets() -> Path:
    """The assets folder: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"


def names_beside(run: Path, library: Path) -> Path | None:
    """Where a person's names of categories are kept if not with the run: those of the demo beside
    its library, as what is shipped is never written to."""
    return library.parent / "names.json" if run.is_relative_to(assets()) else None
