"""Files are written wholly or not at all, over nothing unasked, through no link."""

import os
from pathlib import Path

import pytest

from engine.errors import OutputError
from sigma_tui.sharing import save as saving
from sigma_tui.sharing.formats import proposed_path
from sigma_tui.sharing.save import TakenError, save


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    save(path, "één\ud800")
    assert path.read_bytes() == "één\\ud800".encode()
    with pytest.raises(TakenError, match=r"r\.md already"):
        save(path, "two")
    assert path.read_text("utf-8").startswith("één")
    save(path, "two", replace=True)
    assert path.read_text("utf-8") == "two"
    assert names_in(tmp_path) == ["r.md"]


def test_links_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text("mine")
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, said in [("link", "is a link"), ("dangling", "is a link"), ("folder", "is a folder"),
                       ("pipe", "not an ordinary file"), ("none/x", "no folder")]:  # fmt: skip
        for replace in (False, True):
            with pytest.raises(OutputError, match=said):
                save(tmp_path / name, "x", replace=replace)
    assert real.read_text() == "mine"
    assert not (tmp_path / "nothing").exists()


def test_a_file_that_appears_meanwhile_is_not_written_over(tmp_path, monkeypatch) -> None:
    path = tmp_path / "r.md"
    monkeypatch.setattr(saving, "_check_target", lambda *_: path.write_text("theirs"))
    with pytest.raises(TakenError):
        save(path, "ours")
    assert path.read_text() == "theirs"

    def no_links(*_paths, **_options):
        raise OSError(95, "no hard links here")

    monkeypatch.setattr(saving.os, "link", no_links)
    with pytest.raises(TakenError):
        save(path, "ours")
    monkeypatch.setattr(saving, "_check_target", lambda *_: None)
    save(tmp_path / "other.md", "ours")
    assert (tmp_path / "other.md").read_text() == "ours"
    assert names_in(tmp_path) == ["other.md", "r.md"]


def test_a_failing_disk_leaves_the_old_file_and_no_scrap(tmp_path, monkeypatch) -> None:
    path = tmp_path / "r.md"
    save(path, "old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving.os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        save(path, "new", replace=True)
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["r.md"]
    with pytest.raises(OutputError):
        save(tmp_path / "a\0b", "x")


def test_a_proposed_name_is_free_and_made_of_plain_characters(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path / "none"))
    user = "../../etc/\x1bpasswd"
    path = proposed_path("films", user, "interests", "csv")
    assert path.parent == tmp_path
    assert path.name == "sigma-tui-films-etc-passwd-interests.csv"
    path.symlink_to("nothing")
    assert proposed_path("films", "../../etc/\x1bpasswd", "interests", "csv").name.endswith(
        "-2.csv"
    )
    whole = proposed_path("films", "new person", "everything", "html")
    assert whole.name == "sigma-tui-films-new-person.html"
    assert proposed_path("films", None, "users", "csv").name == "sigma-tui-films-users.csv"
