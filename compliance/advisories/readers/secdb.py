"""Alpine's secdb, as YAML or JSON: by source package, the versions that fixed CVEs."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from compliance.advisories.said import BadDocument, Said
from compliance.advisories.yamls import plain_yaml
from compliance.model.advisory import Advisory, Range, State, host_release

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")


class _Package(msgspec.Struct, gc=False):
    name: str
    secfixes: dict[str, list[str]] = {}


class _Entry(msgspec.Struct, gc=False):
    pkg: _Package


class _Secdb(msgspec.Struct, gc=False):
    packages: list[_Entry]
    reponame: str = "main"
    distroversion: str = ""


def read_json(data: bytes) -> Iterator[Said]:
    """What a secdb in JSON says; it bears no date."""
    try:
        yield _said(msgspec.json.decode(data, type=_Secdb))
    except msgspec.MsgspecError as error:
        raise BadDocument(f"no secdb: {error}") from error


def read_yaml(data: bytes) -> Iterator[Said]:
    """What a secdb in YAML says; it bears no date."""
    try:
        yield _said(msgspec.convert(_without_nulls(plain_yaml(data)), _Secdb))
    except (msgspec.MsgspecError, yaml.YAMLError) as error:
        raise BadDocument(f"no secdb: {' '.join(str(error).split())[:200]}") from error


def _without_nulls(value: Any) -> Any:
    """The document with packages whose fixes are left empty as having none."""
    if not isinstance(value, dict) or not isinstance(value.get("packages"), list):
        raise BadDocument("no secdb: it has no list of packages")
    for entry in value["packages"]:
        package = entry.get("pkg") if isinstance(entry, dict) else None
        if isinstance(package, dict):
            fixes = package.get("secfixes") or {}
            package["secfixes"] = {version: names or [] for version, names in fixes.items()}
    return value


def _said(found: _Secdb) -> Said:
    version = found.distroversion.removeprefix("v")
    release = host_release("alpine", version) if version else found.reponame
    where = f"{release} {found.reponame}" if version else release
    return Said(source=f"secdb {where}", dated=None, entries=_advisories(found, release))


def _advisories(found: _Secdb, release: str) -> Iterator[Advisory]:
    for entry in found.packages:
        for version, words in entry.pkg.secfixes.items():
            for cve in dict.fromkeys(name for word in words for name in _CVE.findall(word)):
                never = version == "0"
                state = State.NOT_AFFECTED if never else State.FIXED
                fixed = "" if never else version
                one = Range(release, entry.pkg.name, is_source=True, fixed=fixed, state=state)
                yield Advisory(cve, (cve,), (one,))
