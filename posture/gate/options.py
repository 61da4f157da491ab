"""How the dashboard can be reached; unsafe combinations are refused."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from posture.errors import PostureError
from posture.files import is_file
from posture.words import Message

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class ServerError(PostureError):
    """The dashboard cannot be served, or not with these options."""


@dataclass(frozen=True)
class Options:
    """Where the dashboard listens and under which names it answers.

    Parameters
    ----------
    host, port
        The address to listen on.
    cert, key : Path, optional
        Files of the TLS certificate and its private key, in PEM.
    behind_proxy : bool
        Whether a proxy in front provides TLS, and only it can reach this address.
    names : tuple of str
        Host names that browsers may use, in addition to this computer's own.
    opens_itself : bool
        Whether no passphrase is needed: for the sample patients, on this computer only.

    Raises
    ------
    ServerError
        If others on the network could read the traffic.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    cert: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    names: tuple[str, ...] = ()
    opens_itself: bool = False

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise ServerError(Message("--cert and --key must be given together."))
        for file in (self.cert, self.key):
            if file is not None and not is_file(file):
                raise ServerError(
                    Message(
                        "There is no file {file}. It should contain the TLS certificate or its "
                        "key.",
                        file=file,
                    )
                )
        if self.local:
            return
        if self.opens_itself:
            raise ServerError(
                Message("The sample patients are shown on this computer only, without --host.")
            )
        if not self.secure:
            raise ServerError(
                Message(
                    "Listening on {host} lets others on the network read the traffic. Give a TLS "
                    "certificate (--cert FILE --key FILE), or pass --behind-proxy if a proxy in "
                    "front provides TLS and only it can reach this address.",
                    host=self.host,
                )
            )
        if not self.hosts - set(LOOPBACK_NAMES):
            raise ServerError(
                Message(
                    "Give the name by which browsers reach {host}: --name clinic.example.",
                    host=self.host,
                )
            )

    @property
    def local(self) -> bool:
        """Whether only this computer can reach the dashboard."""
        return is_loopback(self.host)

    @property
    def secure(self) -> bool:
        """Whether browsers use TLS."""
        return self.cert is not None or self.behind_proxy

    @property
    def hosts(self) -> frozenset[str]:
        """The accepted host names; others are refused, which stops DNS rebinding."""
        own = {self.host.lower()} if not _is_any(self.host) else set()
        return frozenset({*LOOPBACK_NAMES, *own, *(name.lower() for name in self.names)})


def is_loopback(host: str) -> bool:
    """Whether this address belongs to this computer alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return not host
