"""Where the app is served, and the secret in its address."""

import ipaddress
import secrets
from dataclasses import dataclass, field, replace

from engine.errors import SettingsError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Address:
    """An address with its secret. host: an IP address, or a name for one. port: 0 before it is
    known. token: whoever has it may use the app. exposed: whether other machines can reach it."""

    host: str
    port: int
    exposed: bool
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @classmethod
    def chosen(cls, host: str, port: int, *, expose: bool) -> "Address":
        """The address that somebody asked for.

        Raises SettingsError for one that other machines can reach, unless that was asked for too;
        and for one that stands for all of this machine's, as then nothing tells the app's own
        address from one that a foreign page made up.
        """
        host = host.strip("[]")
        local = _is_loopback(host)
        address = cls(host, port, exposed=expose and not local)
        address.check(LOOPBACK if host == "localhost" else host)
        return address

    def check(self, place: str) -> None:
        """Raises SettingsError as ``chosen``. place: the host, or the IP address that it has."""
        if not place or place == "*" or _is_unspecified(place):
            raise SettingsError(
                f"{self.host!r} stands for every address of this machine. Name the one that is to "
                f"be used, such as --host 192.168.1.20 --expose, or stay at {LOOPBACK}."
            )
        if not self.exposed and not _is_loopback(place):
            raise SettingsError(
                f"{self.host} can be reached by other machines, and whoever gets at the app there "
                "reads and writes files as you, without encryption on the way. If that is meant, "
                f"say --host {self.host} --expose."
            )

    def at(self, port: int) -> "Address":
        """The same with the port that is really listened on."""
        return replace(self, port=port)

    @property
    def path(self) -> str:
        """What every path of the server begins with."""
        return f"/{self.token}"

    @property
    def origins(self) -> frozenset[str]:
        """What a browser says of pages of this server."""
        return frozenset(f"http://{host}" for host in self.hosts)

    @property
    def hosts(self) -> frozenset[str]:
        """What a request to this server is addressed to."""
        names = {self.host} | ({"localhost", LOOPBACK} if self.host == LOOPBACK else set())
        named = {f"[{name}]" if ":" in name else name for name in names}
        return frozenset(f"{name}:{self.port}" for name in named) | (
            frozenset(named) if self.port == 80 else frozenset()
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address to open, with the secret."""
        return f"{self.origin}{self.path}/"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_unspecified(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
