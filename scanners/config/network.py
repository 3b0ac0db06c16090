"""Interfaces, name servers and proxies of a host, and what AIDE or Wazuh is set to compare."""

import ipaddress
import re
from collections.abc import Iterable

from scanners.config.networkfacts import Integrity, Interface, Network
from scanners.facts import Reason
from scanners.kit.collector import Gaps, Missing, Sections, dumps

_ADDRESS = re.compile(r"\d+: (\S+)\s+inet6? ([0-9a-fA-F.:]+)")
_STUB = "127.0.0.53"
_RESOLVED = "/run/systemd/resolve/resolv.conf"
_PROXY = re.compile(r"(?:https?|ftp|socks\w*)://(?:[^@/\s]*@)?(\[[0-9a-fA-F:]+\]|[^:/\s\"';]+)")
_AIDE_PATH = re.compile(r"([=!]?)(?:-\s*)?(/\S*)")
_WAZUH_PATHS = re.compile(r"<(directories|ignore)(?:\s[^>]*)?>([^<]*)</")
_WAZUH_SERVER = re.compile(r"<address>\s*([^<\s]+)\s*</address>")
_PATTERN = re.compile(r"(?<!\\)[\[\](){}*+?|^]")
_ALL_BELOW = re.compile(r"(?:\(/\.\*\)\??|/?\.\*)\$?\Z")
"""The end of a pattern that means all that lies below: what is left out in part is compared all the same."""
_MAIL = re.compile(r"MAILTO=[\"']?[^\"'\s]")
_TOLD = re.compile(r"report_url\s*=\s*(syslog|mailto)")


def network(sections: Sections, gaps: Gaps) -> Network:
    """How the host stands in its networks."""
    return Network(
        interfaces=gaps.fact("network.interfaces", lambda: parse_addresses(sections.text("addresses"))),
        resolvers=gaps.fact("network.resolvers", lambda: parse_resolvers(sections.text("resolvers"))),
        proxies=gaps.fact("network.proxies", lambda: parse_proxies(sections.text("proxies"))),
    )


def parse_addresses(text: str) -> tuple[Interface, ...]:
    """Interfaces of `ip -o addr show`, each with its addresses."""
    found: dict[str, list[str]] = {}
    for match in _ADDRESS.finditer(text):
        found.setdefault(match[1].partition("@")[0], []).append(match[2])
    if not found:
        raise Missing(Reason.GARBLED, "ip addr showed no address, not even the machine's own")
    return tuple(
        Interface(
            locus=f"interface/{name}",
            name=name,
            addresses=tuple(addresses),
            public=any(ipaddress.ip_address(address).is_global for address in addresses),
        )
        for name, addresses in sorted(found.items())
    )


def parse_resolvers(text: str) -> tuple[str, ...]:
    """Name servers of resolv.conf(5), dumped; those of systemd-resolved in place of its stub."""
    by_path = {dump.path: _named(dump.lines) for dump in dumps(text)}
    resolved = by_path.pop(_RESOLVED, ())
    own = [address for addresses in by_path.values() for address in addresses]
    told = [each for address in own for each in (resolved if address == _STUB and resolved else (address,))]
    return tuple(dict.fromkeys(told))


def _named(lines: Iterable[str]) -> tuple[str, ...]:
    words = (line.split() for line in lines)
    return tuple(row[1].partition("%")[0] for row in words if len(row) > 1 and row[0] == "nameserver")


def parse_proxies(text: str) -> tuple[str, ...]:
    """Hosts in the addresses of proxies, sorted; logins in them were cut before they were sent."""
    return tuple(sorted({match[1].strip("[]") for match in _PROXY.finditer(text)}))


def integrity(sections: Sections, gaps: Gaps) -> Integrity:
    """What is compared and whom it tells; raises `Missing` where neither AIDE nor Wazuh has settings."""
    covers: list[str] = []
    leaves_out: list[str] = []
    tells: list[str] = []
    for dump in dumps(sections.text("integrity")):
        if not dump.readable:
            gaps.add("integrity", Reason.NOT_PERMITTED, f"{dump.path} may not be read")
            continue
        text = "\n".join(dump.lines)
        rows = _wazuh(text) if dump.path.endswith("ossec.conf") else _aide(dump.lines)
        for mark, path in rows:
            (leaves_out if mark == "!" else covers).append(path)
        tells += _told(text)
    return Integrity(
        covers=tuple(dict.fromkeys(covers)),
        leaves_out=tuple(dict.fromkeys(leaves_out)),
        tells=tuple(dict.fromkeys(tells)),
    )


def _aide(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Selection lines of aide.conf(5): what paths begin with; ! leaves out, = and $ mean one path alone.

    One path alone is passed over, for of a folder it compares nothing that lies in it.
    """
    for line in lines:
        match = _AIDE_PATH.match(line.strip())
        if not match:
            continue
        mark, pattern = match[1], match[2]
        whole = _ALL_BELOW.sub("/", pattern)
        plain = whole.removesuffix("$")
        is_one = mark == "=" or plain != whole
        if _PATTERN.search(plain) or (is_one and mark != "!"):
            continue
        plain = plain.replace("\\", "")
        yield mark, f"{plain.rstrip('/')}/" if is_one else plain


def _wazuh(text: str) -> Iterable[tuple[str, str]]:
    """Folders of <directories>, all below them too, and those of <ignore>."""
    for match in _WAZUH_PATHS.finditer(text):
        for path in match[2].split(","):
            if path.strip().startswith("/") and not _PATTERN.search(path):
                yield "!" if match[1] == "ignore" else "", f"{path.strip().rstrip('/')}/"


def _told(text: str) -> Iterable[str]:
    if _MAIL.search(text):
        yield "mail"
    yield from ("mail" if word == "mailto" else word for word in _TOLD.findall(text))
    if _WAZUH_SERVER.search(text):
        yield "server"
