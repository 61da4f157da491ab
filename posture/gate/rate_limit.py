"""How often one address may ask for what costs work."""

import ipaddress
import time

from starlette.datastructures import Headers
from starlette.types import Scope

MOST_KNOWN = 10_000


class RateLimit:
    """A number of asks in a while for each address.

    Of the addresses a bounded number is remembered, those that came last.

    Parameters
    ----------
    most : int
        How many asks are answered in each window of time.
    """

    window_s = 60.0

    def __init__(self, most: int = 60) -> None:
        self._most = most
        self._asked: dict[str, tuple[float, int]] = {}

    def allows(self, address: str) -> bool:
        """Count an ask, and tell whether it is to be answered."""
        now = time.monotonic()
        since, count = self._asked.pop(address, (now, 0))
        if now - since >= self.window_s:
            since, count = now, 0
        if len(self._asked) >= MOST_KNOWN:
            del self._asked[next(iter(self._asked))]
        self._asked[address] = since, min(count + 1, self._most + 1)
        return count < self._most


def address_of(scope: Scope, *, behind_proxy: bool) -> str:
    """Return who asks, as far as one can be told from another.

    Behind a proxy it is whom the proxy names last: what stands before that, anybody may have sent.
    Somebody with an IPv6 address has a whole network of them.
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
