"""Looking at a lock: it is seen with its holder, and whoever looks leaves no trace."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

from engine.held import is_held


def test_a_lock_is_seen_while_somebody_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    with FileLock(path):
        assert is_held(path)
    path.touch()
    assert not is_held(path)


def test_those_who_look_are_not_taken_for_holders(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()

    def look() -> int:
        return sum(is_held(path) for _ in range(500))

    looks: list[Callable[[], int]] = [look] * 4
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda one: one(), looks)) == [0, 0, 0, 0]


def test_a_folder_that_was_removed_stays_so(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "gone" / "lock")
    assert not (tmp_path / "gone").exists()


def test_what_is_no_plain_file_is_held_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert not is_held(tmp_path / "pipe") and not is_held(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()
