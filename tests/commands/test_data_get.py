"""`data get`: the list, the import, its JSON, its errors, Ctrl-C. The server is on this machine."""

import hashlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import loopback as answers
import pytest
from loopback import Loopback, serving
from tests_support import ROOT, said
from typer.testing import CliRunner

from engine.errors import LibraryError, SourceError
from engine.library import acquisition
from engine.library.download import Bounds
from engine.library.known_datasets import KNOWN
from engine.library.partial_file import Remote
from sigma_tui.main import app

SEQUENCES = (
    "\n".join(f"u{user} " + " ".join(f"i{item}" for item in range(6)) for user in range(8))
    + " rare"
)
"""Lines of Amazon's kind; the last user has an item more, which the 5-core takes out."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path


def here(server: Loopback) -> Remote:
    digest = hashlib.sha256(server.content).hexdigest()
    return Remote(server.url, len(server.content), digest, "https://example.org/page")


@pytest.fixture
def server(home, monkeypatch):
    """The Amazon dataset `office` is a small file on this machine, and TLS is not asked for."""
    with serving(SEQUENCES.encode(), file="office.txt") as served:
        monkeypatch.setitem(KNOWN, "office", replace(KNOWN["office"], remote=here(served)))
        plain = partial(acquisition.acquire, bounds=Bounds(frozenset({"http"})))
        monkeypatch.setattr(acquisition, "acquire", plain)
        yield served


def call(*words: str):
    return CliRunner().invoke(app, list(words))


def test_without_a_name_it_lists_what_is_known(home) -> None:
    result = call("data", "get")
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    for known in KNOWN.values():
        assert known.name in text
        assert known.licence in text
    assert "grouplens.org" in text
    assert {path.name for path in home.iterdir()} <= {"logs"}


def test_the_list_has_the_documented_keys(home) -> None:
    listed = json.loads(call("data", "get", "--json").stdout)["datasets"]
    assert [one["name"] for one in listed] == list(KNOWN)
    assert set(listed[1]) == {"name", "title", "interactions", "bytes", "min_rating", "k_core",
                              "licence", "source", "url", "sha256"}  # fmt: skip
    assert listed[1]["bytes"] == 5_917_549


def test_a_dataset_is_downloaded_imported_and_credited(home, server) -> None:
    result = call("data", "get", "office")
    assert result.exit_code == 0, result.output
    text = " ".join(result.output.split())
    assert KNOWN["office"].licence in text
    assert "https://example.org/page" in text
    assert "Next: sigma-tui train office" in text
    assert (home / "cache" / "downloads" / "office.txt").read_text() == SEQUENCES
    shown = json.loads(call("data", "show", "office", "--json").stdout)
    assert (shown["users"], shown["items"], shown["options"]["k_core"]) == (8, 6, 5)
    assert shown["options"]["source"] == server.url


def test_json_name_and_replace(home, server) -> None:
    first = json.loads(call("data", "get", "office", "--name", "shop", "--json").stdout)
    assert (first["name"], first["interactions"]) == ("shop", 48)
    assert first == json.loads(call("data", "show", "shop", "--json").stdout)
    taken = call("data", "get", "office", "--name", "shop")
    assert isinstance(taken.exception, LibraryError)
    assert "--replace" in str(taken.exception)
    assert call("data", "get", "office", "--name", "shop", "--replace").exit_code == 0
    assert len(server.asked) == 1


def test_an_unknown_name_is_a_sentence_and_options_alone_are_wrong_usage(home) -> None:
    unknown = call("data", "get", "ml1m")
    assert isinstance(unknown.exception, SourceError)
    assert "Did you mean 'ml-1m'" in str(unknown.exception)
    assert call("data", "get", "--name", "x").exit_code == 2
    assert call("data", "get", "--replace").exit_code == 2


def test_no_network_is_a_sentence_with_status_1(home, monkeypatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    result = said("data", "get", "ml-1m")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: files.grouplens.org cannot be reached")
    assert "Traceback" not in result.stderr


PROGRAM = """
import sys
import time
from dataclasses import replace
from functools import partial
from engine.library import acquisition
from engine.library.download import Bounds
from engine.library.known_datasets import KNOWN
from engine.library.partial_file import Remote
from sigma_tui.main import run
url, size, digest = sys.argv.pop(), int(sys.argv.pop()), sys.argv.pop()
KNOWN["office"] = replace(KNOWN["office"], remote=Remote(url, size, digest, "https://page"))
acquisition.acquire = partial(acquisition.acquire, bounds=Bounds(frozenset({"http"})))
run()
"""


def started(remote: Remote, **streams) -> "subprocess.Popen[str]":
    words = ["data", "get", "office", remote.sha256, str(remote.size), remote.url]
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *words], cwd=ROOT, text=True, **streams)


def test_ctrl_c_keeps_what_came_and_says_so(home) -> None:
    with serving(SEQUENCES.encode(), answers.stall_after(100), file="office.txt") as server:
        child = started(here(server), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        part = home / "cache" / "downloads" / "office.txt.part"
        while not part.exists() or part.stat().st_size < 100:
            assert child.poll() is None
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "")
    assert err == "Stopped; what came is kept, and the same command goes on from it.\n"
    assert part.read_text() == SEQUENCES[:100]


@pytest.mark.thorough
def test_a_terminal_sees_a_bar_and_a_pipe_sees_none(home) -> None:
    with serving(SEQUENCES.encode(), file="office.txt") as server:
        ours, theirs = pty.openpty()
        child = started(here(server), stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 1000):
                shown += piece
        except OSError:  # how Linux tells the end of a terminal
            pass
        child.communicate(timeout=60)
        assert child.returncode == 0
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
        assert "downloading office" in text
        assert "importing" in text
        assert "100%" in text
        (home / "library.duckdb").unlink()
        child = started(here(server), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    assert "Imported office" in out
