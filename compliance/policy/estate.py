"""The estate: what an inventory document declares beside single hosts, judged once a scan, under `estate`.

What the document does not say is unknown, and no rule passes by it. Ages are those at the time of the scan.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, get_args

from compliance.model.estate import Data, Entry
from compliance.model.framework import Control, Framework
from compliance.model.host import Host
from compliance.model.inventory import Inventory
from compliance.model.result import ESTATE as ESTATE
from compliance.model.result import Result
from compliance.policy.alike import channel_sites, zone_roles
from compliance.policy.changes import changes, naming
from compliance.policy.estatefacts import (
    MOST_HELD,
    MOST_STRANGERS,
    ROOT,
    EstateFacts,
    EstateHost,
    Held,
    Tracked,
)
from compliance.policy.estatejoined import assessment_days, inspected, watched
from compliance.policy.judge import outcomes
from compliance.policy.results import result_of
from compliance.policy.rulebook import RuleBook
from compliance.policy.witness import Witness
from scanners import UNKNOWN, PartialList


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """When scans first and last saw something of a host, and last read it from inside, by its name."""

    first: Mapping[str, datetime]
    last: Mapping[str, datetime]
    inside: Mapping[str, datetime] | None = None
    """None where nobody looked that up."""


def estate_results(book: RuleBook, witness: Witness) -> Iterator[Result]:
    """What the estate rules say of what is declared."""
    for loaded in book.loaded.values():
        for outcome in outcomes(loaded, witness):
            yield result_of(loaded, witness, outcome)


def estate_witness(
    document: Inventory,
    frameworks: Iterable[Framework],
    hosts: Sequence[Host],
    sight: Sight,
    at: datetime,
) -> Witness:
    """What is declared of the estate at a time, and when it was seen; `hosts` are those of this scan."""
    root = EstateFacts(
        since=min(sight.first.values(), default=UNKNOWN),
        hosts=_hosts(document, sight),
        strangers=_strangers(hosts),
        sites=document.sites,
        zones=document.zones,
        certificates=document.certificates,
        terminals=document.terminals,
        inspected=inspected(document),
        watched=watched(document),
        stores=document.stores,
        keys=document.keys,
        vendors=document.vendors,
        recovery=document.recovery,
        accounts=document.accounts,
        scripts=document.scripts,
        servers=document.servers,
        cases=document.cases,
        changes=changes(document.registers, at.date()),
        leavers=document.leavers,
        registers=document.registers,
        controls=tuple(
            _tracked(document, framework.id, control)
            for framework in frameworks
            for control in framework.controls
            if control.register is not None
        ),
    )
    return Witness(host=ESTATE, root=root, seen_at={ROOT: at}, unseen={}, name=ROOT)


def _strangers(hosts: Sequence[Host]) -> tuple[str, ...]:
    names = sorted(host.name for host in hosts if not host.declared)
    return tuple(names) if len(names) <= MOST_STRANGERS else PartialList(names[:MOST_STRANGERS])


def _hosts(document: Inventory, sight: Sight) -> Any:
    if document.hosts is UNKNOWN:
        return UNKNOWN
    zones = {} if document.zones is UNKNOWN else {zone.name: zone.zone_class for zone in document.zones}
    sites = {} if document.sites is UNKNOWN else {site.name: site.country for site in document.sites}
    malware_days = assessment_days(document)
    return tuple(
        EstateHost(
            name=host.name,
            address=host.address or host.name,
            site=host.site or UNKNOWN,
            country=sites.get(host.site, UNKNOWN),
            zone=host.zone or UNKNOWN,
            zone_class=zones.get(host.zone, UNKNOWN),
            role=host.role or UNKNOWN,
            owner=host.owner or UNKNOWN,
            scopes=get_args(Data) if host.scopes is None else host.scopes,
            channel=host.channel,
            malware_risk=host.malware_risk,
            malware_assessed=host.malware_assessed,
            malware_days=malware_days,
            reviewed=host.reviewed,
            environment=host.environment,
            changes=naming(document.registers.change_records, host.name),
            assessments=naming(document.registers.impact_assessments, host.name),
            notices=naming(document.registers.notices, host.name),
            zone_roles=zone_roles(document.hosts, host),
            channel_sites=channel_sites(document.hosts, host),
            seen=host.name in sight.last,
            first_seen=sight.first.get(host.name, UNKNOWN),
            last_seen=sight.last.get(host.name, UNKNOWN),
            logged_in=UNKNOWN if sight.inside is None else host.name in sight.inside,
            last_logged_in=(sight.inside or {}).get(host.name, UNKNOWN),
            no_login=host.no_login,
        )
        for host in document.hosts
    )


def _tracked(document: Inventory, framework: str, control: Control) -> Tracked:
    register = control.register
    if register is None:
        raise ValueError(control.id)
    locus = f"{framework}/{control.id}"
    kept = getattr(document.registers, register.kind)
    found = UNKNOWN
    if kept is not UNKNOWN:
        covering = [_held(entry, register.days) for entry in kept if locus in entry.controls]
        found = tuple(covering) if len(covering) <= MOST_HELD else PartialList(covering[-MOST_HELD:])
    return Tracked(
        locus=locus, register=register.kind, days=register.days, title=control.title, entries=found
    )


def _held(entry: Entry, days: int) -> Held:
    return Held(
        id=entry.id,
        title=entry.title,
        owner=entry.owner,
        document=entry.document,
        result=entry.result,
        reviewed=entry.reviewed,
        stale_from=_stale_from(entry, days),
    )


def _stale_from(entry: Entry, days: int) -> Any:
    """The midnight after the last day on which the entry counts; the earliest of what bounds it."""
    if entry.reviewed is UNKNOWN:
        return UNKNOWN
    own = days if entry.days is UNKNOWN else min(days, entry.days)
    last = entry.reviewed + timedelta(days=own)
    if entry.next_review is not UNKNOWN:
        last = min(last, entry.next_review)
    return _midnight_after(last)


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
