"""What of the disks is encrypted, and where memory is written to: swap and core dumps."""

import re

from scanners.config.systemfacts import Disks, Unlock
from scanners.config.watch import last_setting
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, Sections, dumps

_PAIR = re.compile(r"(\w+)=\"([^\"]*)\"")
_DEEPEST = 16
_LIMIT_FIELDS = 4
_KEY_FIELDS = 4

Devices = dict[str, list[dict[str, str]]]


def disks(sections: Sections, gaps: Gaps) -> Disks:
    """What is encrypted; a host whose block devices cannot be listed does not know."""
    devices = gaps.fact("disks.encrypted_mounts", lambda: parse_devices(sections.text("disks")))
    swap = gaps.fact("disks.swap", lambda: parse_swaps(sections.text("swaps")))
    mounts: tuple[str, ...] = UNKNOWN
    if devices is not UNKNOWN:
        mounts = encrypted_mounts(devices)
    limits = gaps.fact("disks.core_limit", lambda: core_limit(sections.optional("core-dumps")))
    return Disks(
        encrypted_mounts=mounts,
        unlocks=gaps.fact("disks.unlocks", lambda: unlocks(sections.text("unlocks"), devices)),
        login_unlocks=gaps.fact(
            "disks.login_unlocks", lambda: "pam_mount" in _words(sections.text("unlocks"))
        ),
        swap=swap,
        swap_encrypted=gaps.fact("disks.swap_encrypted", lambda: _guarded(swap, devices)),
        core_limit=limits,
        core_storage=gaps.fact("disks.core_storage", lambda: _storage(sections)),
    )


def parse_devices(text: str) -> Devices:
    """Rows of `lsblk -P` by kernel name; a device of several parents has several rows."""
    found: Devices = {}
    for line in text.splitlines():
        row = dict(_PAIR.findall(line))
        if "KNAME" in row:
            found.setdefault(row["KNAME"], []).append(row)
    if not found:
        raise Missing(Reason.UNSUPPORTED, "lsblk lists no block device")
    return found


def is_encrypted(devices: Devices, name: str, depth: int = 0) -> bool:
    """Whether all that is written to a device is encrypted by it or by what it stands on."""
    rows = devices.get(name, [])
    if any(row.get("TYPE") == "crypt" for row in rows):
        return True
    parents = [row.get("PKNAME", "") for row in rows]
    return bool(parents) and depth < _DEEPEST and all(is_encrypted(devices, p, depth + 1) for p in parents)


def encrypted_mounts(devices: Devices) -> tuple[str, ...]:
    """Mount points on encrypted devices."""
    places = {
        row.get("MOUNTPOINT", "")
        for name, rows in devices.items()
        if is_encrypted(devices, name)
        for row in rows
    }
    return tuple(sorted(place for place in places if place.startswith("/")))


def unlocks(text: str, devices: Devices) -> tuple[Unlock, ...]:
    """What crypttab(5) says of each device; raises `Missing` where it may not be read."""
    if "N" in _words(text):
        raise Missing(Reason.NOT_PERMITTED, "/etc/crypttab is not readable")
    rows = (line.split(" ", 4) for line in text.splitlines() if line.startswith("U "))
    return tuple(_unlock(row[1:], devices) for row in rows)


def _words(text: str) -> frozenset[str]:
    return frozenset(line.partition(" ")[0] for line in text.splitlines())


def _unlock(row: list[str], devices: Devices) -> Unlock:
    name, locus = row[0], f"unlock/{row[0]}"
    if len(row) < _KEY_FIELDS:
        return Unlock(locus=locus, name=name, key_file="")
    mode, owner, path = row[1:]
    if mode == "?":
        return Unlock(locus=locus, name=name, key_file=path)
    lies: bool = UNKNOWN
    if devices is not UNKNOWN:
        lies = _one_guarded(path, devices)
    return Unlock(locus=locus, name=name, key_file=path, owner=owner, mode=int(mode, 8), key_encrypted=lies)


def parse_swaps(text: str) -> tuple[str, ...]:
    """Names in /proc/swaps."""
    return tuple(line.split()[0] for line in text.splitlines()[1:] if line.strip())


def core_limit(text: str) -> bool:
    """Whether limits.conf(5) sets the hard core limit of everybody to 0; the last line for all counts."""
    found = ""
    for dump in dumps(text):
        if "/limits." not in dump.path:
            continue
        if not dump.readable:
            raise Missing(Reason.NOT_PERMITTED, f"{dump.path} is not readable")
        for words in (line.split() for line in dump.lines):
            if (
                len(words) >= _LIMIT_FIELDS
                and words[0] == "*"
                and words[1] in ("hard", "-")
                and words[2] == "core"
            ):
                found = words[3]
    return found == "0"


def _storage(sections: Sections) -> str:
    files = tuple(dump for dump in dumps(sections.optional("core-dumps")) if "coredump" in dump.path)
    return last_setting(files, "coredump.conf", "Storage") or "external"


def _guarded(swap: tuple[str, ...], devices: Devices) -> bool:
    """Whether what swaps out of memory lies encrypted; a swap file lies on its mount."""
    if swap is UNKNOWN or (swap and devices is UNKNOWN):
        raise Missing(Reason.NOT_COLLECTED, "swap or block devices are not known")
    return all(_one_guarded(name, devices) for name in swap)


def _one_guarded(name: str, devices: Devices) -> bool:
    kernel_name = name.removeprefix("/dev/")
    if kernel_name.startswith("zram"):
        return True
    if kernel_name in devices:
        return is_encrypted(devices, kernel_name)
    mounts = [
        (row["MOUNTPOINT"], device)
        for device, rows in devices.items()
        for row in rows
        if row.get("MOUNTPOINT", "").startswith("/")
        and f"{name}/".startswith(f"{row['MOUNTPOINT'].rstrip('/')}/")
    ]
    return bool(mounts) and is_encrypted(devices, max(mounts, key=lambda pair: len(pair[0]))[1])
