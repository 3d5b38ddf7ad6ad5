"""The server: textual-serve's, behind checks that let in one browser with the secret.

A web page of somebody else can make a browser send requests to this machine. What it cannot do is
know the secret in the path, or say that it is a page of this server: the host and origin of every
request are compared with the server's own.
"""

import asyncio
import hmac
import logging
import shlex
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.server import Server

from engine.errors import SettingsError
from sigma_tui.assets import assets
from sigma_tui.serving.address import Address

PATIENCE = 5.0
"""Seconds that a browser waits for the session before it, which is ending: a page that is loaded
again connects before the server knows that the old one is gone."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' "
    "'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer: nothing from elsewhere is loaded, nobody frames the page, the secret goes
nowhere. The terminal in the page writes its own styles."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PROGRAM = (sys.executable, "-c", "from sigma_tui.main import run; run()")


class GuardedServer(Server):
    """Serves one session at a time at one address."""

    def __init__(self, address: Address, words: list[str]) -> None:
        command = [*PROGRAM, *words]
        join = subprocess.list2cmdline if sys.platform == "win32" else shlex.join
        super().__init__(
            join(command),
            host=address.host,
            port=address.port,
            title="sigma-tui",
            public_url=address.origin,
            templates_path=assets() / "serve",
        )
        self.address = address
        self._session = asyncio.Lock()
        self._socket: web.WebSocketResponse | None = None

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path))
        path = self.address.path
        app.add_routes(
            [
                web.get(f"{path}/", self.handle_index, name="index"),
                web.get(f"{path}/ws", self.handle_websocket, name="websocket"),
                web.static(f"{path}/static", self.statics_path, name="static"),
                web.static(f"{path}/page", assets() / "serve" / "page", name="page"),
            ]
        )
        app.on_shutdown.append(self.on_shutdown)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers those who know the secret and come from this server's own page."""
        trouble = self._why_not(request)
        if trouble:
            return web.Response(status=403, text=trouble + "\n", headers=HEADERS)
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _why_not(self, request: web.Request) -> str:
        """What is wrong with a request, or nothing."""
        if request.headers.get("Host", "").lower() not in self.address.hosts:
            return "This is not the address that sigma-tui serves."
        first = request.raw_path.split("/")[1].partition("?")[0]
        if not hmac.compare_digest(first.encode("utf-8", "replace"), self.address.token.encode()):
            return "Open the whole address that sigma-tui serve has printed."
        origin = request.headers.get("Origin")
        is_session = request.match_info.route.name == "websocket"
        if origin not in self.address.origins and (origin is not None or is_session):
            return "This may be asked by sigma-tui's own page only."
        return ""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A session, if no other is open. Raises HTTPConflict."""
        try:
            await asyncio.wait_for(self._session.acquire(), PATIENCE)
        except TimeoutError:
            raise web.HTTPConflict(text="The app is open in another window.\n") from None
        try:
            return await super().handle_websocket(request)
        finally:
            self._session.release()

    async def _process_messages(self, websocket: web.WebSocketResponse, app_service: Any) -> None:
        self._socket = websocket
        try:
            await super()._process_messages(websocket, app_service)
        finally:
            self._socket = None

    async def on_shutdown(self, app: web.Application) -> None:
        """Ends the session that is open, so that Ctrl-C need not wait for it."""
        del app
        if self._socket is not None:
            await self._socket.close()


def run_server(address: Address, words: list[str]) -> None:
    """Serves the app until Ctrl-C. words: of the command that each session runs.

    Raises SettingsError if the address cannot be listened on.
    """
    listening = _listen(address)
    address = address.at(listening.getsockname()[1])
    logging.getLogger("textual-serve").setLevel(logging.ERROR)
    server = GuardedServer(address, words)
    web.run_app(
        server._make_app(),
        sock=listening,
        access_log=None,  # it would hold the secret
        print=lambda *_: _say_where(address),
        shutdown_timeout=5.0,
    )


def _say_where(address: Address) -> None:
    print(f"sigma-tui is at  {address.url}")
    print("Whoever has this address uses the app as you: it reads and writes your files.")
    if address.exposed:
        print("Other machines can reach it, and nothing on the way is encrypted.")
    print("One browser at a time. Ctrl-C ends.", flush=True)


def _listen(address: Address) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        )[0]
        address.check(str(place[0]))
        listening = socket.socket(family, kind, protocol)
        try:
            if sys.platform != "win32":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        raise SettingsError(
            f"{address.host} port {address.port} cannot be listened on: {error.strerror or error}. "
            "Another --port, or --port 0, may be free."
        ) from None
    return listening
