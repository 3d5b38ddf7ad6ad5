"""Threads that come and go leave nothing behind in heaps of their own."""

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from sigma_tui.beside.heaps import share_heaps

PROGRAM = """
import ctypes, sys, threading
from sigma_tui.beside.heaps import share_heaps
share_heaps()
all_there, end = threading.Barrier(9), threading.Event()
def hold():
    held = bytearray(4000)  # too large for Python's own allocator
    all_there.wait()
    end.wait()
threads = [threading.Thread(target=hold) for _ in range(8)]
for one in threads:
    one.start()
all_there.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
end.set()
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc makes a heap for each thread"
)
@pytest.mark.parametrize("asked", [None, "8"])
def test_threads_share_two_heaps_unless_the_person_asks_for_more(
    tmp_path: Path, asked: str | None
) -> None:
    told = tmp_path / "malloc.xml"
    environment = {key: value for key, value in os.environ.items() if key != "MALLOC_ARENA_MAX"}
    if asked is not None:
        environment["MALLOC_ARENA_MAX"] = asked
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(told)], env=environment, check=True, timeout=60
    )
    heaps = told.read_text("utf-8").count("<heap nr=")
    assert heaps == int(asked or 2)


@pytest.mark.parametrize("refusal", [AttributeError, OSError, TypeError])
def test_another_library_of_c_is_left_as_it_is(
    monkeypatch: pytest.MonkeyPatch, refusal: type[Exception]
) -> None:
    """As musl, macOS and Windows answer, which have no such setting."""

    def refused(_name: None) -> ctypes.CDLL:
        raise refusal("no glibc")

    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    monkeypatch.setattr(ctypes, "CDLL", refused)
    share_heaps()
