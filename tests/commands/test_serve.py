"""The app in a browser: a real client over loopback gets in with the secret, and nobody else."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from tests_support import ROOT
from typer.testing import CliRunner

from engine.errors import SettingsError
from sigma_tui.main import app
from sigma_tui.serving import server as serving
from sigma_tui.serving.address import Address

PROGRAM = [sys.executable, "-c", "from sigma_tui.main import run; run()"]


class Served:
    """`sigma-tui serve` as a process of its own."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "SIGMA_TUI_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        while "Ctrl-C ends" not in self.said:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        self.url = re.search(r"http://127\.0\.0\.1:\d+/[\w-]{43}/", self.said)[0]
        self.origin = self.url.rsplit("/", 2)[0]

    def end(self) -> int:
        """Ctrl-C; the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("home"))
    yield server
    if server.process.poll() is None:
        server.end()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def shown(socket_: aiohttp.ClientWebSocketResponse, wanted: bytes) -> bytes:
    """What the app writes until a text is among it."""
    got = b""
    async with asyncio.timeout(90):
        while wanted not in got:
            message = await socket_.receive()
            assert message.type == aiohttp.WSMsgType.BINARY, message
            got += message.data
    return got


@pytest.mark.thorough
async def test_a_browser_with_the_secret_gets_the_app_and_types_into_it(
    served: Served, client: aiohttp.ClientSession
) -> None:
    assert "uses the app as you" in served.said
    page = await client.get(served.url)
    assert page.status == 200
    text = await page.text()
    address = re.search(r'data-session-websocket-url="([^"]+)"', text)[1]
    assert address == served.url.replace("http", "ws", 1) + "ws"
    for part in re.findall(r'(?:src|href)="([^":]+/[^"]*|http[^"]+)"', text):
        assert part.startswith(served.url) or ":" not in part  # nothing from elsewhere
        found = await client.get(part if ":" in part else served.url + part)
        assert found.status == 200, part
        assert found.headers["X-Content-Type-Options"] == "nosniff"
    async with client.ws_connect(
        f"{address}?width=100&height=30", headers={"Origin": served.origin}
    ) as session:
        await shown(session, b"The library is empty")
        await session.send_str(json.dumps(["stdin", "?"]))
        await shown(session, b"Keys everywhere")
        # While it is open nobody else gets one, not even with the secret.
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(address, headers={"Origin": served.origin})
        assert refused.value.status == 409
    async with client.ws_connect(address, headers={"Origin": served.origin}) as session:
        await shown(session, b"The library is empty")  # the page loaded again
        await session.send_str(json.dumps(["stdin", "q"]))
        async with asyncio.timeout(30):
            while (await session.receive()).type is not aiohttp.WSMsgType.CLOSE:
                pass


async def test_without_the_secret_there_is_nothing(served, client) -> None:
    wrong, token = "A" * 43, served.url.rsplit("/", 2)[1]
    for path in ("", f"{wrong}/", f"{token[:-1]}/", f"{wrong}/ws", "ws", "static/js/textual.js",
                 f"x/../{wrong}/", f"{token.swapcase()}/", f"?{token}", f"%2F{token}/",
                 ):  # fmt: skip
        answer = await client.get(f"{served.origin}/{path}")
        assert answer.status == 403, path
        assert token not in await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1"]
)
async def test_a_page_of_somebody_else_gets_no_session(served, client, origin) -> None:
    headers = {} if origin is None else {"Origin": origin}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(served.url.replace("http", "ws", 1) + "ws", headers=headers)
    assert refused.value.status == 403
    if origin is not None:
        assert (await client.get(served.url, headers=headers)).status == 403


async def test_a_name_that_was_made_to_point_here_gets_nothing(served, client) -> None:
    port = served.origin.rsplit(":", 1)[1]
    for host in (f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", f"127.0.0.1:{port}.x"):
        assert (await client.get(served.url, headers={"Host": host})).status in (400, 403), host
    for host in (f"localhost:{port}", f"LOCALHOST:{port}"):
        assert (await client.get(served.url, headers={"Host": host})).status == 200
    answer = await client.get(served.url)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_nothing_outside_of_the_page_can_be_read(served, client) -> None:
    for path in ("static/", "static", "page/", "static/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
                 "page/..%2fapp_index.html", "download/x"):  # fmt: skip
        assert (await client.get(served.url + path)).status in (403, 404), path


@pytest.mark.thorough
async def test_ctrl_c_ends_at_once_even_with_an_open_session(tmp_path, client) -> None:
    server = Served(tmp_path)
    address = server.url.replace("http", "ws", 1) + "ws"
    async with client.ws_connect(address, headers={"Origin": server.origin}) as session:
        await shown(session, b"The library is empty")
        assert await asyncio.to_thread(server.end) == 0
        rest = server.process.stdout.read()
        assert "Traceback" not in rest, rest
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.get(server.url)


def test_an_address_that_others_can_reach_has_to_be_asked_for_twice(monkeypatch) -> None:
    for host in ("192.168.1.20", "10.0.0.1", "example.org", "::ffff:8.8.8.8", "2001:db8::1"):
        with pytest.raises(SettingsError, match="--expose"):
            Address.chosen(host, 1, expose=False)
        assert Address.chosen(host, 1, expose=True).exposed
    for host in ("0.0.0.0", "::", "", "*", "0:0:0:0:0:0:0:0"):
        with pytest.raises(SettingsError, match="every address"):
            Address.chosen(host, 1, expose=True)
    with pytest.raises(SettingsError, match="every address"):
        serving.run_server(Address.chosen("0", 0, expose=True), [])  # another way to write it
    monkeypatch.setattr(serving.socket, "getaddrinfo", lambda *_, **__: [
        (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.168.1.20", 0))])  # fmt: skip
    with pytest.raises(SettingsError, match="--expose"):
        serving.run_server(Address.chosen("localhost", 0, expose=False), [])
    for host in ("127.0.0.1", "localhost", "::1", "[::1]", "127.1.2.3"):
        assert not Address.chosen(host, 1, expose=False).exposed
    refused = CliRunner().invoke(app, ["serve", "--host", "192.168.1.20"])
    assert isinstance(refused.exception, SettingsError)


def test_every_address_has_its_own_secret_which_is_never_printed_by_accident() -> None:
    one, other = (Address.chosen("127.0.0.1", 80, expose=False) for _ in range(2))
    assert one.token != other.token and len(one.token) >= 43
    assert one.token not in repr(one)
    assert one.at(90).token == one.token
    assert "127.0.0.1" in one.hosts and "127.0.0.1:80" in one.hosts
    assert Address.chosen("::1", 9, expose=False).hosts == {"[::1]:9"}


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = Address.chosen("127.0.0.1", taken.getsockname()[1], expose=False)
        with pytest.raises(SettingsError, match="cannot be listened on"):
            serving.run_server(address, [])


def test_without_textual_serve_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    missing = CliRunner().invoke(app, ["serve"])
    assert isinstance(missing.exception, SettingsError)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (needed,) = wanted["project"]["optional-dependencies"]["serve"]
    assert f'pip install "{needed}"' in str(missing.exception)
    assert f'pip install "{needed}"' in (ROOT / "docs" / "commands.md").read_text("utf-8")
