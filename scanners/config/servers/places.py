"""Where servers listen and whom they pass requests to, as words of configuration files."""

import ipaddress
import re

_EVERYWHERE = ("0.0.0.0", "::", "_default_")  # noqa: S104 (read, not bound)


def split_place(word: str, default_port: int) -> tuple[str, int]:
    """Address and port of `443`, `*:80`, `192.0.2.1`, `[::]:8080` or a name; `*` is every address.

    Raises `ValueError` for what is none of these.
    """
    if word.isdecimal():
        return "*", int(word)
    if match := re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::(\d+))?", word):
        return ("*" if match[1] in _EVERYWHERE else match[1]), int(match[2] or default_port)
    address, colon, port = word.rpartition(":")
    if not colon:
        address, port = word, str(default_port)
    if not re.fullmatch(r"[\w.*-]+", address):
        raise ValueError(f"{word[:60]} is no place")
    return ("*" if address in _EVERYWHERE else address), int(port if port != "*" else default_port)


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach the address; names other than localhost are others'."""
    if address.lower() in ("localhost", "ip6-localhost", "localhost.localdomain"):
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def is_far(origin: str) -> bool:
    """Whether an origin (`http://host:port`, `host:port`, `unix:`) stands on another machine."""
    host = re.sub(r"^[a-z0-9+]+://", "", origin)
    if not host or host.startswith(("unix:", "/")):
        return False
    host = host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.split(":")[0]
    return bool(host) and not is_loopback(host)
