"""The network is off unless somebody types `data get`, or `serve`, which only listens."""

import ast
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests_support import ROOT

SPEAKING = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "xmlrpc", "requests", "httpx",
            "aiohttp", "urllib3"}  # fmt: skip

WATCHED = """
import sys
seen = []
def look(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.bind", "socket.getaddrinfo"):
        seen.append((event, arguments[1:] if event != "socket.getaddrinfo" else arguments))
sys.addaudithook(look)
from sigma_tui.main import app
def call(*words):
    app([str(word) for word in words], standalone_mode=False)
    print(words, seen, file=sys.stderr)
    assert not seen, (words, seen)
call("data", "get")
call("data", "import", sys.argv[1], "--name", "it")
call("data", "list")
call("data", "show", "it")
call("train", "it", "--epochs", 1, "--set", "dim=16", "--device", "cpu")
call("evaluate", "it-sigma-1", "--device", "cpu")
call("recommend", "it-sigma-1", "--items", "i1,i2", "--device", "cpu")
call("categories", "it-sigma-1", "--device", "cpu")
call("doctor")
call("data", "remove", "it", "--yes")
try:
    call("data", "get", "ml-1m")
except BaseException:
    pass
assert seen, "the hook sees nothing, so this test proves nothing"
"""


@pytest.mark.thorough
def test_no_command_but_data_get_touches_the_network(tmp_path: Path) -> None:
    source = tmp_path / "r.csv"
    source.write_text(
        "user,item,time\n"
        + "".join(f"u{u},i{(u + t) % 9},{t}\n" for u in range(9) for t in range(6))
    )
    result = subprocess.run(
        [sys.executable, "-c", WATCHED, str(source)],
        cwd=ROOT,
        env={**os.environ, "SIGMA_TUI_HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert result.returncode == 0, result.stderr


OFFLINE = """
import sys
from pathlib import Path
from sigma_tui.main import app
def call(*words):
    app([str(word) for word in words], standalone_mode=False)
home = Path(sys.argv[1])
devices = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
assert devices == ["lo"], devices
for source in ("r.csv", "r.parquet"):
    call("data", "import", home / source, "--name", source)
call("data", "import", home / "r.duckdb", "--name", "it", "--query", "SELECT * FROM t -- all")
call("data", "list")
call("runs", "list")
for words in (("data", "import", home / "r.sqlite", "--name", "x", "--table", "t"),
              ("data", "import", home / "r.duckdb", "--name", "x",
               "--query", "FROM 'https://example.org/x.parquet'")):
    try:
        call(*words)
    except Exception as error:
        assert type(error).__name__ == "SourceError", error
        assert "extension" not in str(error).lower() or "https" in str(words), error
    else:
        raise AssertionError(words)
"""


@pytest.mark.thorough
def test_without_any_route_all_but_data_get_works(tmp_path: Path) -> None:
    """DuckDB speaks to the network by itself, where no hook of Python's sees it."""
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            ["unshare", "--user", "--map-root-user", "--net", "true"],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("no network namespace can be made here")
    (tmp_path / "r.csv").write_text("user,item,time\na,x,1\nb,y,2015-02-03\n")
    with duckdb.connect(tmp_path / "r.duckdb") as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' AS user, 'x' AS item")
        connection.execute(f"COPY t TO '{tmp_path}/r.parquet'")
    with sqlite3.connect(tmp_path / "r.sqlite") as lite:
        lite.execute("CREATE TABLE t (user, item)")
    result = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", OFFLINE,
         str(tmp_path)],
        cwd=ROOT, env={**os.environ, "SIGMA_TUI_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_only_the_download_and_the_server_can_speak_to_the_network() -> None:
    speakers = set()
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "sigma_tui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                if name.partition(".")[0] in SPEAKING and name != "urllib.parse":
                    speakers.add(str(path.relative_to(ROOT)))
    assert speakers == {
        str(Path("engine") / "library" / "download.py"),
        str(Path("sigma_tui") / "serving" / "server.py"),
    }
