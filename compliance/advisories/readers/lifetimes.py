"""How long releases are supported: endoflife.date products (YAML front matter), distro-info's CSV files."""

import csv
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from compliance.advisories.said import BadDocument, Said
from compliance.advisories.yamls import plain_yaml
from compliance.model.advisory import Lifetime, day

_SYSTEMS: Mapping[str, str] = {
    "/debian": "debian",
    "/ubuntu": "ubuntu",
    "/almalinux": "almalinux",
    "/rocky-linux": "rocky",
    "/rhel": "rhel",
    "/centos": "centos",
    "/centos-stream": "centos-stream",
    "/oracle-linux": "ol",
    "/alpine-linux": "alpine",
    "/amazon-linux": "amzn",
}
"""By the product's permalink, os-release's ID."""
_FREE_EXTENDED = frozenset({"debian"})
"""Systems whose extended support anybody gets (Debian's LTS); elsewhere it is paid for."""
_DISTRO_INFO = {"eol-lts": "debian", "eol-server": "ubuntu"}
"""Which system a CSV file of distro-info is about, by a column that only it has."""


def read_product(data: bytes) -> Iterator[Said]:
    """The releases of one product; of one that is no operating system, nothing."""
    front = data.decode("utf-8", "replace").split("\n---", 1)[0].removeprefix("---")
    link = next((line[10:].strip() for line in front.splitlines() if line.startswith("permalink:")), "")
    name = _SYSTEMS.get(link)
    if name is None:
        yield Said(source="endoflife.date", dated=None, entries=())
        return
    try:
        product = plain_yaml(front)
    except yaml.YAMLError as error:
        raise BadDocument(f"no product of endoflife.date: {' '.join(str(error).split())[:200]}") from error
    entries = [_release(name, one) for one in product.get("releases", ()) if isinstance(one, dict)]
    yield Said(source="endoflife.date", dated=None, entries=entries)


def _release(name: str, release: dict[str, Any]) -> Lifetime:
    active, ends, extended = (_told(release.get(key)) for key in ("eoas", "eol", "eoes"))
    version = str(release.get("releaseCycle", ""))
    if name in _FREE_EXTENDED:
        return Lifetime(name, version, ends, extended or ends, "")
    return Lifetime(name, version, active or ends, ends, extended)


def _told(value: object) -> str:
    return value if isinstance(value, str) and day(value) else ""


def read_distro_info(data: bytes) -> Iterator[Said]:
    """The releases of Debian or of Ubuntu; those without an end yet are left out."""
    rows = csv.DictReader(data.decode("utf-8", "replace").splitlines())
    columns = rows.fieldnames or []
    name = next((system for column, system in _DISTRO_INFO.items() if column in columns), "")
    if not name:
        raise BadDocument("no distro-info: it has neither eol-lts nor eol-server")
    entries = [found for row in rows if (found := _row(name, row))]
    yield Said(source=f"distro-info {name}", dated=None, entries=entries)


def _row(name: str, row: dict[str, Any]) -> Lifetime | None:
    version = str(row.get("version") or "").removesuffix(" LTS")
    ends = row.get("eol") or ""
    if not version or day(ends) is None:
        return None
    if name == "debian":
        return Lifetime(name, version, ends, row.get("eol-lts") or ends, row.get("eol-elts") or "")
    return Lifetime(name, version, ends, ends, row.get("eol-legacy") or row.get("eol-esm") or "")
