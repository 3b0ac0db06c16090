"""What the host offers and keeps: sockets, mounts, modes of files that matter, kernel parameters."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from scanners.config.facts import FileMode, Mount, Socket
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, Sections

_HOLDER = re.compile(r"users:\(\(\"([^\"]*)\",pid=(\d+)")
_OCTAL = re.compile(r"\\([0-7]{3})")
_LISTENING = {"tcp": "0A", "udp": "07"}
_MOUNT_FIELDS = 4
_SS_PLACE = 4
_NETSTAT_PLACE = 3
_PROC_STATE = 4
_IPV4_BYTES = 4

Owner = dict[str, Any]
"""What is known of a process: fields of `Socket`."""
_NOBODY: Mapping[str, Owner] = {}


def sockets(sections: Sections, gaps: Gaps) -> tuple[Socket, ...]:
    """Listening sockets, from ss, netstat or /proc/net."""
    tool, _, text = sections.text("sockets").partition("\n")
    parse = {"ss": parse_ss, "netstat": parse_netstat, "proc": parse_proc_net}.get(tool)
    if parse is None:
        raise Missing(Reason.GARBLED, "the list of sockets does not say where it comes from")
    owners = gaps.fact("sockets[].unit", lambda: parse_owners(sections.text("socket-owners")))
    found = parse(text, {} if owners is UNKNOWN else owners)
    if any(socket.process is UNKNOWN for socket in found):
        is_root = sections.code("id") == 0 and sections.text("id").split()[1:] == ["0"]
        reason = Reason.INCONCLUSIVE if is_root and tool != "proc" else Reason.NOT_PERMITTED
        gaps.add("sockets[].process", reason, "who holds a socket is not shown for all of them")
    return found


def parse_owners(text: str) -> dict[str, Owner]:
    """Whose a process is, by its number: number, user, whether in a container, unit, file."""
    found: dict[str, Owner] = {}
    for line in text.splitlines():
        pid, user, boxed, unit, program = line.split(" ", 4)
        found[pid] = {"program": program.removesuffix(" (deleted)") or UNKNOWN, "boxed": boxed == "box"}
        found[pid] |= {"unit": "" if unit == "-" else unit.removesuffix(".service"), "user": int(user)}
    return found


def parse_ss(text: str, owners: Mapping[str, Owner] = _NOBODY) -> tuple[Socket, ...]:
    """Sockets of `ss -lntup`: netid, state, two queues, local place, peer, and perhaps the holders."""
    rows = (line.split(None, _SS_PLACE + 1) for line in text.splitlines())
    return _sorted(
        _socket(
            row[0],
            row[_SS_PLACE],
            holder[1] if (holder := _HOLDER.search(row[-1])) else UNKNOWN,
            owners.get(holder[2]) if holder else None,
        )
        for row in rows
        if len(row) > _SS_PLACE and row[0] in _LISTENING
    )


def parse_netstat(text: str, owners: Mapping[str, Owner] = _NOBODY) -> tuple[Socket, ...]:
    """Sockets of `netstat -lntup`, of net-tools or busybox: the fourth word is the local place."""
    rows = (line.split() for line in text.splitlines())
    return _sorted(
        _socket(
            row[0][:3],
            row[_NETSTAT_PLACE],
            row[-1].partition("/")[2].split(":")[0] or UNKNOWN,
            owners.get(row[-1].partition("/")[0]),
        )
        for row in rows
        if len(row) > _NETSTAT_PLACE + 1 and row[0].rstrip("6") in _LISTENING
    )


def parse_proc_net(text: str, _: Mapping[str, Owner] = _NOBODY) -> tuple[Socket, ...]:
    """Sockets of /proc/net/tcp and its like, each line behind its file's name; it names no holder."""
    rows = (line.split() for line in text.splitlines())
    return _sorted(
        _socket(row[0][:3], _from_hex(row[2]), UNKNOWN)
        for row in rows
        if len(row) > _PROC_STATE and row[_PROC_STATE] == _LISTENING.get(row[0][:3])
    )


def parse_mounts(text: str) -> tuple[Mount, ...]:
    """Mounted file systems of /proc/mounts (fstab(5)); the last at a place hides the others."""
    rows = (line.split() for line in text.splitlines())
    found = {
        path: Mount(locus=f"mount/{path}", path=path, kind=row[2], options=tuple(row[3].split(",")))
        for row in rows
        if len(row) >= _MOUNT_FIELDS
        for path in (_OCTAL.sub(lambda match: chr(int(match[1], 8)), row[1]),)
    }
    return tuple(found[path] for path in sorted(found))


def parse_files(text: str, gaps: Gaps) -> tuple[FileMode, ...]:
    """Owners and modes, from `stat -c "%a %U %G %n"`; a partial list if some are hidden."""
    found, hidden = [], []
    for line in text.splitlines():
        mode, _, rest = line.partition(" ")
        if mode == "?":
            hidden.append(rest)
            continue
        if not rest:
            continue
        owner, group, path = rest.split(" ", 2)
        bits = int(mode, 8)
        found.append(
            FileMode(
                locus=f"file/{path}",
                path=path,
                owner=owner,
                group=group,
                mode=bits,
                world_readable=bool(bits & 0o004),
                world_writable=bool(bits & 0o002),
                group_writable=bool(bits & 0o020),
            )
        )
    if hidden:
        gaps.add("files", Reason.PARTIAL, f"not permitted to look at {', '.join(hidden)}"[:200])
        return PartialList(found)
    return tuple(found)


def parse_sysctl(text: str) -> dict[str, str]:
    """Kernel parameters of `sysctl -a`; lines of one name are joined by a space."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        key, value = name.strip(), " ".join(value.split())
        if equals:
            found[key] = f"{found[key]} {value}".strip() if key in found else value
    if not found:
        raise Missing(Reason.GARBLED, "sysctl -a gave no parameter")
    return found


def _socket(protocol: str, place: str, process: str, owner: Owner | None = None) -> Socket:
    address, _, port = place.rpartition(":")
    address, _, device = address.strip("[]").partition("%")
    plain = ipaddress.ip_address("::" if address == "*" else address.strip("[]"))
    if isinstance(plain, IPv6Address) and plain.ipv4_mapped:
        plain = plain.ipv4_mapped
    return Socket(
        locus=f"listener/{protocol}/{plain}/{port}",
        protocol="udp" if protocol == "udp" else "tcp",
        address=str(plain),
        port=int(port),
        place=f"{'udp' if protocol == 'udp' else 'tcp'}/{int(port)}",
        loopback=plain.is_loopback or device.strip("]") == "lo",
        process=process,
        **(owner or {}),
    )


def _sorted(found: Iterable[Socket]) -> tuple[Socket, ...]:
    """Each place once, for servers share a port among their processes."""
    once: dict[str, Socket] = {}
    for socket in found:
        once.setdefault(socket.locus, socket)
    return tuple(sorted(once.values(), key=lambda s: (s.protocol, s.port, s.address)))


def _from_hex(place: str) -> str:
    """A place as `[address]:port`, from the kernel's hexadecimal form, whose words are little-endian."""
    address, _, port = place.partition(":")
    raw = bytes.fromhex(address)
    words = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    ip = IPv4Address(words) if len(words) == _IPV4_BYTES else IPv6Address(words)
    return f"[{ip}]:{int(port, 16)}"
