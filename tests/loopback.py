"""A real HTTP server on 127.0.0.1 that serves one file, well or as badly as a test asks."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE = 4096


class Request(BaseHTTPRequestHandler):
    """One request. The answers below are called with it."""

    server: "_Server"

    @property
    def content(self) -> bytes:
        return self.server.loopback.content

    @property
    def begin(self) -> int:
        """The first byte that is asked for."""
        asked = self.headers.get("Range", "bytes=0-")
        return int(asked.removeprefix("bytes=").partition("-")[0])

    def do_GET(self) -> None:
        loopback = self.server.loopback
        loopback.asked.append(dict(self.headers))
        number = min(len(loopback.asked), len(loopback.answers)) - 1
        loopback.answers[number](self)

    def head(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def partial_head(self) -> int:
        """The head of a proper answer; returns the first byte that must follow."""
        begin, size = self.begin, len(self.content)
        if "Range" not in self.headers:
            self.head(200, Content_Length=size)
        elif begin >= size:
            self.head(416, Content_Range=f"bytes */{size}")
        else:
            self.head(
                206,
                Content_Length=size - begin,
                Content_Range=f"bytes {begin}-{size - 1}/{size}",
            )
        return begin

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


Answer = Callable[[Request], None]


def well(request: Request) -> None:
    """As a good server does, ranges included."""
    begin = request.partial_head()
    request.wfile.write(request.content[begin:])


def cut_after(count: int) -> Answer:
    """Ends the connection ``count`` bytes after the first that was asked for."""

    def answer(request: Request) -> None:
        begin = request.partial_head()
        request.wfile.write(request.content[begin : begin + count])

    return answer


def whole(request: Request) -> None:
    """Knows no ranges: 200 and everything."""
    request.head(200, Content_Length=len(request.content))
    request.wfile.write(request.content)


def without_length(request: Request) -> None:
    """The end of the connection is the end of the file."""
    request.head(200)
    request.wfile.write(request.content)


def endless(request: Request) -> None:
    """Tells no length and never stops."""
    request.head(200)
    try:
        while True:
            request.wfile.write(b"\0" * PIECE)
    except OSError:
        request.server.loopback.hung_up.set()


def always_continuing(request: Request) -> None:
    """Announces an answer again and again."""
    try:
        while not request.server.loopback.closing.wait(0.001):
            request.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    except OSError:
        request.server.loopback.hung_up.set()


def trickling_head(request: Request) -> None:
    """A head that comes byte by byte and never ends."""
    try:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not request.server.loopback.closing.wait(0.02):
            request.wfile.write(b"x")
    except OSError:
        request.server.loopback.hung_up.set()


def with_head(status: int, **headers: object) -> Answer:
    """The whole content under such a head."""

    def answer(request: Request) -> None:
        request.head(status, **headers)
        request.wfile.write(request.content)

    return answer


def stall_after(count: int) -> Answer:
    """Sends ``count`` bytes, then nothing, and keeps the connection."""

    def answer(request: Request) -> None:
        begin = request.partial_head()
        request.wfile.write(request.content[begin : begin + count])
        request.server.loopback.closing.wait(30)

    return answer


def slowly(pause: float, piece: int = PIECE) -> Answer:
    """A piece, a pause, a piece …"""

    def answer(request: Request) -> None:
        begin = request.partial_head()
        try:
            for at in range(begin, len(request.content), piece):
                request.wfile.write(request.content[at : at + piece])
                time.sleep(pause)
        except OSError:
            return

    return answer


def redirect(where: str) -> Answer:
    """Sends the asker elsewhere."""

    def answer(request: Request) -> None:
        request.head(302, Location=where, Content_Length=0)

    return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    loopback: "Loopback"

    def handle_error(self, request: object, client_address: object) -> None:
        """Askers may hang up."""


@dataclass
class Loopback:
    """The server's side of a test.

    content: of the file. answers: one a request; the last also to all that follow. asked: headers
    of the requests so far. hung_up: set when an endless answer was given up by the asker. closing:
    set at the end of the test.
    """

    content: bytes
    answers: list[Answer]
    url: str = ""
    server: "_Server | None" = None
    asked: list[dict[str, str]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    def use_tls(self, folder: Path) -> None:
        """From now on speaks HTTPS, with ``certificate.pem`` and ``key.pem`` of the folder."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        assert self.server is not None
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = self.url.replace("http://", "https://")

    @property
    def ranges(self) -> list[str | None]:
        """The Range of each request."""
        return [headers.get("Range") for headers in self.asked]


@contextmanager
def serving(content: bytes, *answers: Answer, file: str = "data.zip") -> Iterator[Loopback]:
    """Serves while the body runs, by default as a good server does. file: its name in the URL."""
    loopback = Loopback(content, list(answers) or [well])
    with _Server(("127.0.0.1", 0), Request) as server:
        server.loopback, loopback.server = loopback, server
        loopback.url = f"http://127.0.0.1:{server.server_address[1]}/{file}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield loopback
        finally:
            loopback.closing.set()
            server.shutdown()
            thread.join()
