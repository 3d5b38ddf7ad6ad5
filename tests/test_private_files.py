"""What we write is the user's alone, in our own folders, under temporary names of our own."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests_support import ROOT

from engine.own_files import check_plain, make_private
from engine.scratch import written_whole

USED = """
import os, sys
os.umask(0o022)
written = []
def look(event, arguments):
    path, _, flags = arguments if event == "open" else (0, 0, 0)
    if isinstance(path, (str, bytes)) and isinstance(flags, int) and flags & os.O_CREAT:
        written.append(os.path.realpath(os.fsdecode(path)))
sys.addaudithook(look)
from engine.home import Home
from engine.training.runs import create_run
from sigma_tui.main import app
def call(*words):
    app([str(word) for word in words], standalone_mode=False)
call("data", "import", sys.argv[1], "--name", "it")
create_run(Home.locate().runs, "one", {})
call("config", "set", "theme", "nord")
print("WRITTEN", *written, sep="\\n")
"""


def test_folders_that_we_make_are_the_users_alone(tmp_path: Path) -> None:
    home, source = tmp_path / "home", tmp_path / "r.csv"
    source.write_text("user,item\n" + "".join(f"u{n % 9},i{n % 7}\n" for n in range(90)))
    used = subprocess.run(
        [sys.executable, "-c", USED, str(source)], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "SIGMA_TUI_HOME": str(home)}, timeout=250, check=False,
    )  # fmt: skip
    assert used.returncode == 0, used.stderr
    folders = [home, home / "runs", home / "config", home / "runs" / "one"]
    for path in [*folders, home / "library.duckdb"]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    written = used.stdout.partition("WRITTEN\n")[2].split()
    outside = [path for path in written if not path.startswith(str(home.resolve()) + os.sep)]
    assert [path for path in outside if "__pycache__" not in path and path != "/dev/null"] == []
    assert any(Path(path).name.startswith(".run.json.") for path in written), "nothing was seen"
    left = {path.name for path in home.rglob("*") if path.name.startswith(".")}
    assert not left


def test_a_library_in_a_folder_that_others_may_read_is_not_theirs(tmp_path: Path) -> None:
    from engine.library.importing import ImportRequest, import_source
    from engine.library.library import Library

    source = tmp_path / "r.csv"
    source.write_text("user,item\na,x\n")
    tmp_path.chmod(0o755)
    import_source(tmp_path / "one.duckdb", ImportRequest(source, "it"))
    Library.open(tmp_path / "other.duckdb", write=True).close()
    for name in ("one.duckdb", "other.duckdb"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    (tmp_path / "one.duckdb").chmod(0o644)  # as its owner wants it
    import_source(tmp_path / "one.duckdb", ImportRequest(source, "more"))
    assert stat.S_IMODE((tmp_path / "one.duckdb").stat().st_mode) == 0o644


def test_a_folder_that_exists_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private(tmp_path / "a" / "b")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, tmp_path / "a")]
    assert modes == [0o755, 0o700]
    make_private(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        make_private(tmp_path / "file" / "c")


def test_a_fresh_file_takes_the_place_of_a_link_and_not_of_what_it_leads_to(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_text("theirs")
    link.symlink_to(victim)
    for there, said in ((link, "link"), (tmp_path, "no ordinary file")):
        with pytest.raises(OSError, match=said):
            check_plain(there)
    check_plain(tmp_path / "nothing")
    with written_whole(link) as file:
        file.write(b"ours")
    check_plain(link)
    assert (victim.read_text(), link.read_text()) == ("theirs", "ours")
