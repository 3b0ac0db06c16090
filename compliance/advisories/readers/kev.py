"""CISA's catalogue of flaws that are known to be exploited, with the day by which each must be mended."""

from collections.abc import Iterator

import msgspec

from compliance.advisories.said import BadDocument, Said, moment
from compliance.model.advisory import Exploited


class _Flaw(msgspec.Struct, gc=False, rename="camel"):
    cve: str = msgspec.field(name="cveID")
    date_added: str
    due_date: str


class _Catalogue(msgspec.Struct, rename="camel"):
    date_released: str
    vulnerabilities: list[_Flaw]


def read(data: bytes) -> Iterator[Said]:
    """The catalogue's flaws."""
    try:
        found = msgspec.json.decode(data, type=_Catalogue)
    except msgspec.MsgspecError as error:
        raise BadDocument(f"no KEV catalogue: {error}") from error
    entries = [Exploited(one.cve, one.date_added, one.due_date) for one in found.vulnerabilities]
    yield Said(source="kev", dated=moment(found.date_released), entries=entries)
