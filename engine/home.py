"""Where everything lives on this machine."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Home:
    """The directories of one installation's data.

    library: the DuckDB file with all datasets.
    runs: one directory a training run.
    state: what the app remembers between sessions.
    config: settings that the user may edit.
    cache: what can be made again, such as the imported demo and downloads.
    logs: log files.
    """

    library: Path
    runs: Path
    state: Path
    config: Path
    cache: Path
    logs: Path

    @property
    def tuning(self) -> Path:
        """One directory a search for settings."""
        return self.state / "tuning"

    @property
    def scenarios(self) -> Path:
        """One file a user with scenarios."""
        return self.state / "scenarios"

    @property
    def measured(self) -> Path:
        """What runs are worth over all users, by their weights."""
        return self.cache / "measured"

    @classmethod
    def at(cls, base: Path, library: Path | None = None) -> "Home":
        """All directories under one; ``library`` moves the library file alone. Creates nothing."""
        return cls(
            library=library or base / "library.duckdb",
            runs=base / "runs",
            state=base / "state",
            config=base / "config",
            cache=base / "cache",
            logs=base / "logs",
        )

    @classmethod
    def locate(cls, library: Path | None = None) -> "Home":
        """Finds the directories; ``SIGMA_TUI_HOME`` puts all of them under one, ``library`` moves
        the library file alone. Creates nothing."""
        root = os.environ.get("SIGMA_TUI_HOME")
        if root:
            return cls.at(Path(root).expanduser(), library)
        dirs = platformdirs.PlatformDirs("sigma-tui", appauthor=False)
        return cls(
            library=library or dirs.user_data_path / "library.duckdb",
            runs=dirs.user_data_path / "runs",
            state=dirs.user_state_path,
            config=dirs.user_config_path,
            cache=dirs.user_cache_path,
            logs=dirs.user_log_path,
        )
