"""A limit on how often one address may make costly requests."""

import ipaddress
import time

from starlette.datastructures import Headers
from starlette.types import Scope

MOST_KNOWN = 10_000


class RateLimit:
    """A number of requests per time window for each address.

    A bounded number of addresses is remembered, the most recent ones.

    Parameters
    ----------
    most : int
        The number of requests answered in each window.
    """

    window_s = 60.0

    def __init__(self, most: int = 60) -> None:
        self._most = most
        self._asked: dict[str, tuple[float, int]] = {}

    def allows(self, address: str) -> bool:
        """Count a request, and return whether it may be answered."""
        now = time.monotonic()
        since, count = self._asked.pop(address, (now, 0))
        if now - since >= self.window_s:
            since, count = now, 0
        if len(self._asked) >= MOST_KNOWN:
            del self._asked[next(iter(self._asked))]
        self._asked[address] = since, min(count + 1, self._most + 1)
        return count < self._most


def address_of(scope: Scope, *, behind_proxy: bool) -> str:
    """Return the client's address, as far as clients can be distinguished.

    Behind a proxy it is the last one that the proxy names: a client can forge those before it.
    For IPv6 it is the network, because a client has a whole network of addresses.
    """
    address = (scope.get("client") or ("",))[0]
    if behind_proxy:
        named = Headers(scope=scope).getlist("x-forwarded-for")
        address = ",".join(named).rpartition(",")[2].strip() or address
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(number, ipaddress.IPv4Address):
        return str(number)
    return str(number.ipv4_mapped or ipaddress.ip_network((number, 64), strict=False))
