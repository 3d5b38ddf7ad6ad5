"""Where the files lie that the app ships: styles, themes, the demo."""

from pathlib import Path


def assets() -> Path:
    """The assets folder: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent / "assets"
