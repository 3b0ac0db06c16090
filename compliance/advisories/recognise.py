"""Which format a document is of, by what stands in it; its name is not asked."""

import re
from collections.abc import Callable, Iterator

import msgspec

from compliance.advisories.readers import csaf, debian, epss, kev, lifetimes, openvex, osv, oval, secdb
from compliance.advisories.said import Said

Reader = Callable[[bytes], Iterator[Said]]

_HEAD = 4096
_LIST = re.compile(rb"\[\d\d \w{3} \d{4}\] D[SL]A-\d")
_OSV = re.compile(rb'\A\s*\{\s*("schema_version"\s*:\s*"[^"]*"\s*,\s*)?"id"\s*:\s*"')
_OSV_TOO = re.compile(rb'"affected"\s*:')
_TRACKED = re.compile(rb'\{\s*"[^"]{1,100}"\s*:\s*\{\s*"(?:CVE|TEMP)-')


class _Probe(msgspec.Struct, gc=False):
    """The members that tell JSON formats apart, none of them looked into."""

    id: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    modified: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    document: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    statements: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    packages: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    reponame: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    vulnerabilities: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    catalog: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="catalogVersion")


_PROBE = msgspec.json.Decoder(_Probe)


def reader_of(data: bytes) -> Reader | None:
    """What reads such a document; None for one of no format that we know."""
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return _of_json(data, head)
    if head.startswith(b"<"):
        return oval.read if b"oval_definitions" in head else None
    if (head.startswith(b"---") and b"\nreleaseLabel" in data) or b"\nreleases:" in data:
        return lifetimes.read_product
    return _of_text(data, head)


def _of_json(data: bytes, head: bytes) -> Reader | None:
    if _TRACKED.match(head):
        return debian.read_tracker
    if _OSV.search(data, 0, 200) and _OSV_TOO.search(data):
        return osv.read
    try:
        found = _PROBE.decode(data)
    except msgspec.MsgspecError:
        return None
    has = {name for name in found.__struct_fields__ if getattr(found, name) is not msgspec.UNSET}
    known: tuple[tuple[set[str], Reader], ...] = (
        ({"id", "modified"}, osv.read),
        ({"document"}, csaf.read),
        ({"statements"}, openvex.read),
        ({"catalog", "vulnerabilities"}, kev.read),
        ({"packages", "reponame"}, secdb.read_json),
    )
    return next((reader for members, reader in known if members <= has), None)


def _of_text(data: bytes, head: bytes) -> Reader | None:
    if _LIST.match(head):
        return debian.read_list
    if b"\npackages:" in b"\n" + data and b"secfixes" in data:
        return secdb.read_yaml
    first = head.split(b"\n", 2)[:2]
    if any(line.startswith(b"cve,epss") for line in first):
        return epss.read
    if head.startswith(b"version,codename,series"):
        return lifetimes.read_distro_info
    return None
