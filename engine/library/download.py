"""One published file over HTTPS: gone on with after a break, checked before anybody reads it.

This is the only place in the program that speaks to the network, and only `data get` calls it.
What comes is never trusted: the file's size and SHA-256 are known beforehand, so that a server
can neither fill the disk nor slip in another file. For the same reason going on needs no ETag: a
rest that does not fit its beginning fails the checksum.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPMessage,
    HTTPResponse,
    HTTPSConnection,
)
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from engine.errors import SourceError
from engine.library.partial_file import PIECE_BYTES, PartialFile, Remote, is_whole

SLOWEST = 512
"""Bytes a second; a server slower than this is taken for one that stalls."""

REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Bounds:
    """What a download may do.

    schemes: of the URL and of whatever it redirects to. redirects: followed at most. silence:
    seconds without a byte, or for the head of an answer, after which a server is given up.
    connections: at most in one call;
    each after the first goes on where the one before broke.
    """

    schemes: frozenset[str] = frozenset({"https"})
    redirects: int = 5
    silence: float = 30.0
    connections: int = 5


HTTPS_ONLY = Bounds()


def download(
    remote: Remote,
    path: Path,
    received: Callable[[int], None] = lambda _bytes: None,
    cancelled: Callable[[], bool] = lambda: False,
    bounds: Bounds = HTTPS_ONLY,
) -> None:
    """Brings the file to ``path``; one that is there and has the checksum is left as it is.

    What came so far lies in ``path`` with ``.part`` at its end, also after a crash, and the next
    call goes on from it. One caller at a time: see ``acquisition.py``.

    received: told how many bytes of the file are here. cancelled: asked at every piece that comes,
    so a silent server delays the answer, by ``bounds.silence`` at most.
    Raises SourceError, in a sentence, or CancelledError; the file is then not at ``path``.
    """
    if is_whole(remote, path, cancelled):
        received(remote.size)
        return
    with PartialFile(path, remote) as part:
        part.take_up(cancelled)
        received(part.held)
        part.check_space()
        opener = _opener(bounds)
        for left in reversed(range(bounds.connections)):
            if part.held == remote.size:
                break
            before = part.held
            try:
                with _answer(opener, part, bounds) as response:
                    _receive(response, part, received, cancelled, bounds)
            except _BrokenError as broken:
                if part.held == before or not left:
                    raise SourceError(
                        f"the download of {remote.url} broke off after {part.held:,} of "
                        f"{remote.size:,} bytes: {broken}. What came is kept; the same command "
                        "goes on from it."
                    ) from None
        part.finish()


class _BrokenError(Exception):
    """A connection ended before the file did; another may bring the rest."""


def _opener(bounds: Bounds) -> OpenerDirector:
    """Speaks the schemes that are allowed and no other, through a proxy where the system has one.

    It follows no redirect by itself: see ``_answer``.
    """
    opener = OpenerDirector()
    for handler in (ProxyHandler, HTTPDefaultErrorHandler, HTTPErrorProcessor, UnknownHandler):
        opener.add_handler(handler())
    if "https" in bounds.schemes:
        opener.add_handler(_PromptTLSHandler())
    if "http" in bounds.schemes:
        opener.add_handler(_PromptHandler())
    return opener


class _Prompt(HTTPConnection):
    """Gives a server up that has not sent the whole head of its answer within ``timeout`` seconds.

    The socket's own timeout is for each piece alone, so that a head that trickles, or is announced
    again and again by a status of 100, would be waited for without end.
    """

    def getresponse(self) -> HTTPResponse:
        late = threading.Event()

        def hang_up() -> None:
            late.set()
            with suppress(OSError, AttributeError):
                self.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.timeout or HTTPS_ONLY.silence, hang_up)
        timer.daemon = True
        timer.start()
        try:
            response = super().getresponse()
        except (OSError, HTTPException, ValueError):
            if late.is_set():
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()
        if late.is_set():  # http.client takes the end of the connection for the end of the head
            response.close()
            raise TimeoutError
        return response


class _PromptTLS(_Prompt, HTTPSConnection):
    """The same over TLS."""


class _PromptHandler(HTTPHandler):
    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_Prompt, req)


class _PromptTLSHandler(HTTPSHandler):
    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_PromptTLS, req, context=ssl.create_default_context())


def _answer(opener: OpenerDirector, part: PartialFile, bounds: Bounds) -> HTTPResponse:
    """The answer that brings the bytes after those held, or the whole file, with ``part`` emptied.

    Follows redirects within bounds. Raises SourceError.
    """
    remote, url = part.remote, part.remote.url
    headers = {"User-Agent": "sigma-tui", "Accept-Encoding": "identity"}
    if part.held:
        headers["Range"] = f"bytes={part.held}-"
    for _ in range(bounds.redirects + 1):
        if _scheme(url) not in bounds.schemes:
            raise SourceError(
                f"{remote.url} leads to {url[:200]!r}, which is not "
                f"{' or '.join(sorted(bounds.schemes))}; nothing was loaded from there. "
                f"Get the file by hand: {remote.page}"
            )
        try:
            request = Request(url, headers=headers)  # noqa: S310  # schemes: see above
            response = opener.open(request, timeout=bounds.silence)
        except HTTPError as error:
            with error:
                url = _target(url, error, part)
            continue
        except (OSError, HTTPException, ValueError) as error:
            raise SourceError(_unreachable(url, error, bounds)) from None
        assert isinstance(response, HTTPResponse)
        try:
            _check_answer(response.status, response.headers, part)
        except BaseException:
            response.close()
            raise
        return response
    raise SourceError(
        f"{remote.url} redirects more than {bounds.redirects} times. Get the file by hand: "
        f"{remote.page}"
    )


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _target(url: str, error: HTTPError, part: PartialFile) -> str:
    """Where a redirect from ``url`` leads. Raises SourceError for any other status."""
    remote, said = part.remote, f"{error.code} {error.reason}".strip()[:100]
    location = error.headers.get("Location")
    if error.code in REDIRECTS and location:
        try:
            return urljoin(url, location)
        except ValueError:
            return location  # which has no scheme, as it is no URL
    if error.code == 416 and part.held:
        raise _astray(part, f"the server has nothing after byte {part.held:,}")
    if error.code >= 500 or error.code == 429:
        raise SourceError(
            f"the server of {remote.url} cannot serve it now ({said!r}). Try again later; what "
            "came is kept."
        )
    raise SourceError(
        f"the server answers {said!r} for {remote.url}. The file may have moved: see {remote.page}"
    )


def _unreachable(url: str, error: Exception, bounds: Bounds) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    host = urlsplit(url).hostname
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {host} does not prove that it is {host}: "
            f"{reason.verify_message}. Nothing was loaded from it."
        )
    if isinstance(reason, TimeoutError):
        return f"{host} did not answer within {bounds.silence:.0f} s. Try again later."
    said = getattr(reason, "strerror", None) or reason
    return (
        f"{host} cannot be reached: {str(said)[:200]}. Check the network; what came before is "
        "kept, and the same command goes on from it."
    )


def _check_answer(status: int, headers: HTTPMessage, part: PartialFile) -> None:
    """Refuses what is not the known file, as far as the headers tell."""
    remote = part.remote
    if status not in (200, 206):
        raise SourceError(f"the server answers {status} for {remote.url}. Try again later.")
    length = headers.get("Content-Length", "*").strip()
    if status == 206:
        span = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", "").strip())
        if span is None or int(span[1]) != part.held:
            raise _astray(part, "the server sends another part of it than it was asked for")
        length = span[2]
    packed = headers.get("Content-Encoding", "identity")
    if length not in ("*", str(remote.size)) or packed != "identity":
        raise SourceError(
            f"{remote.url} is not the known file of {remote.size:,} bytes: the server says that it "
            f"has {length[:40]} bytes, in the encoding {packed[:40]!r}. Nothing was taken from it; "
            f"see {remote.page}"
        )
    if status == 200:
        part.restart()  # nothing was held, or the server cannot go on from there


def _astray(part: PartialFile, found: str) -> SourceError:
    """The server and ``part`` do not fit together, and would not at the next try either."""
    part.discard()
    return SourceError(
        f"the download of {part.remote.url} cannot be gone on with: {found}. What had come was "
        "removed; the same command begins again."
    )


def _receive(
    response: HTTPResponse,
    part: PartialFile,
    received: Callable[[int], None],
    cancelled: Callable[[], bool],
    bounds: Bounds,
) -> None:
    """Takes what comes, up to the known size. Raises _BrokenError where it ends too early."""
    began, before = time.monotonic(), part.held
    while part.held < part.remote.size:
        if cancelled():
            raise CancelledError
        try:
            piece = response.read1(min(PIECE_BYTES, part.remote.size - part.held))
        except TimeoutError:
            raise _BrokenError(f"nothing came for {bounds.silence:.0f} s") from None
        except (OSError, HTTPException) as error:
            raise _BrokenError(f"the connection was lost ({str(error)[:100]})") from None
        if not piece:
            raise _BrokenError("the server ended it")
        part.append(piece)
        received(part.held)
        if (seconds := time.monotonic() - began) > bounds.silence:
            if part.held - before < SLOWEST * seconds:
                raise _BrokenError(f"less than {SLOWEST} bytes a second came")
            began, before = time.monotonic(), part.held
