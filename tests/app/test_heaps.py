"""Threads that come and go leave nothing behind in heaps of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import ctypes, sys, threading
from sigma_tui.beside.heaps import share_heaps
if sys.argv[1] == "shared":
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
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
end.set()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="heaps of glibc")
@pytest.mark.parametrize(("how", "most"), [("shared", 2), ("as it is", 9)])
def test_eight_threads_share_two_heaps(tmp_path: Path, how: str, most: int) -> None:
    told = tmp_path / "malloc.xml"
    subprocess.run([sys.executable, "-c", PROGRAM, how, str(told)], check=True, timeout=60)
    heaps = told.read_text("utf-8").count("<heap nr=")
    assert heaps <= most
    assert (heaps > 2) is (how != "shared")
