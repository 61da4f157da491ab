"""Running a program while watching which network addresses it turns to."""

import ipaddress
import re
from pathlib import Path

ADDRESS = re.compile(r'sin_addr=inet_addr\("(?P<v4>[^"]+)"\)|inet_pton\(AF_INET6, "(?P<v6>[^"]+)"')


def watching(log: Path, command: list[str]) -> list[str]:
    """Return the command that runs this command and logs every address it turns to."""
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-e", calls, "-o", str(log), *command]


def strangers(log: Path) -> list[str]:
    """Return the logged calls that went to any address but this machine's own loopback."""
    found = []
    for line in log.read_text(errors="replace").splitlines():
        for match in ADDRESS.finditer(line):
            address = ipaddress.ip_address(match["v4"] or match["v6"])
            mapped = getattr(address, "ipv4_mapped", None)
            if not (address.is_loopback or (mapped and mapped.is_loopback)):
                found.append(line)
    return found
