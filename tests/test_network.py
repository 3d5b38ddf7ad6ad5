"""The network is off unless somebody types `data get`, or `serve`, which only listens."""

import ast
import os
import subprocess
import sys
from pathlib import Path

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
