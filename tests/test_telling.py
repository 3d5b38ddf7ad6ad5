"""The log, and reports of what nobody foresaw."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sigma_tui.telling.report import KEPT, report

SECRET = "Their diary"
BROKEN = f"""
import engine.training.runs
def broken(folder): raise ValueError({SECRET!r})
engine.training.runs.list_runs = broken
from sigma_tui.main import run
run()
"""
SOUND = "from sigma_tui.main import run; run()"


def ran(home: Path, code: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120,
        check=False, env={**os.environ, "SIGMA_TUI_HOME": str(home)},
    )  # fmt: skip


def logged(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / "logs" / "sigma-tui.log").read_text().splitlines()]


def test_a_defect_is_a_sentence_and_a_report_without_data(tmp_path: Path) -> None:
    told = ran(tmp_path, BROKEN, "runs", "list")
    assert told.returncode == 70
    assert "Traceback" not in told.stderr and SECRET not in told.stderr
    (file,) = (tmp_path / "logs").glob("defect-*.txt")
    assert str(file) in told.stderr and "nothing of your data" in told.stderr
    text = file.read_text("utf-8")
    assert "builtins.ValueError" in text and "runs.py" in text and "torch: " in text
    assert SECRET not in text and str(tmp_path) not in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(one["event"], one.get("error")) for one in logged(tmp_path)] == [
        ("begun", None), ("defect", "ValueError"),
    ]  # fmt: skip


def test_a_report_quotes_the_error_only_where_somebody_asked(tmp_path: Path) -> None:
    told = ran(tmp_path, BROKEN, "--verbose", "runs", "list")
    (file,) = (tmp_path / "logs").glob("defect-*.txt")
    assert SECRET in file.read_text("utf-8")
    assert "look before you send" in told.stderr
    assert '"event": "defect"' in told.stderr


@pytest.mark.thorough
def test_the_log_says_what_was_done_and_how_it_ended_but_not_with_what(tmp_path: Path) -> None:
    file = tmp_path / "their diary.csv"
    file.write_text("user,item\n" + "".join(f"u{n % 5},i{n % 7}\n" for n in range(70)))
    home = tmp_path / "home"
    assert ran(home, SOUND, "data", "import", str(file), "--name", "secret").returncode == 0
    assert ran(home, SOUND, "data", "show", "another").returncode == 1
    lines = logged(home)
    assert [one["event"] for one in lines] == [
        "begun", "imported", "ended", "begun", "failed",
    ]  # fmt: skip
    assert lines[1]["users"] == 5 and lines[4]["error"] == "LibraryError"
    assert lines[2]["status"] == "0"
    text = (home / "logs" / "sigma-tui.log").read_text()
    assert not any(word in text for word in ("diary", "secret", "another", str(tmp_path)))


def test_where_no_log_can_be_written_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    assert ran(tmp_path, SOUND, "runs", "list").returncode == 0
    told = ran(tmp_path, BROKEN, "runs", "list")
    assert told.returncode == 70 and "defect-" in told.stderr


def test_the_log_stays_small(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from sigma_tui.telling.log import begin_log\n"
        "from engine.events import event; import sys\n"
        "begin_log(Path(sys.argv[1]), 'many', verbose=False)\n"
        "[event('much', words='x' * 1000) for _ in range(6_000)]"
    )
    assert ran(tmp_path, code, str(tmp_path / "logs")).returncode == 0
    files = list((tmp_path / "logs").iterdir())
    assert len(files) == 4 and all(file.stat().st_size <= 1 << 20 for file in files)


def test_old_reports_go(tmp_path: Path) -> None:
    for _ in range(KEPT + 5):
        with pytest.raises(ZeroDivisionError) as caught:
            1 / 0  # noqa: B018
        assert "ZeroDivisionError" in report(caught.value, tmp_path)
    assert len(list(tmp_path.iterdir())) == KEPT
