"""What parts of an inventory say together: terminals and risk analyses, sites and impact assessments."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from compliance.model.estate import Entry, Terminal
from compliance.model.inventory import HostEntry, Inventory
from compliance.policy.estatefacts import Inspected, Watched
from scanners import UNKNOWN

INSPECTION = "pci-dss-4.0.1/9.5.1.2.1"
"""The control whose risk analysis says how often a terminal is inspected."""
MALWARE = "pci-dss-4.0.1/5.2.3.1"
"""The control whose risk analysis says how often hosts are assessed as not at risk from malware."""
_CAMERAS = ("anpr-camera", "video-camera")
_WATCHING = frozenset({"plates", "plate-images", "video"})


def inspected(document: Inventory) -> Any:
    """Each terminal with the risk analysis that it names; UNKNOWN where terminals are not declared."""
    terminals = document.terminals
    if terminals is UNKNOWN:
        return UNKNOWN
    analyses = document.registers.risk_analyses
    return tuple(_inspected(one, terminals, analyses) for one in terminals)


def watched(document: Inventory) -> Any:
    """Each site with its cameras, assessments and changes; UNKNOWN where sites or hosts are not declared."""
    if document.sites is UNKNOWN or document.hosts is UNKNOWN:
        return UNKNOWN
    return tuple(_watched(document, site.name, document.hosts) for site in document.sites)


def assessment_days(document: Inventory) -> Any:
    """How long an assessment as not at risk from malware holds, by the analyses; UNKNOWN without one."""
    analyses = document.registers.risk_analyses
    known = () if analyses is UNKNOWN else analyses
    days = [one.days for one in known if MALWARE in one.controls]
    return UNKNOWN if not days or any(each is UNKNOWN for each in days) else min(days)


def _inspected(terminal: Terminal, terminals: Sequence[Terminal], analyses: Sequence[Entry]) -> Inspected:
    known: dict[str, Any] = {}
    if terminal.risk_analysis is not UNKNOWN:
        known["analysis_shared"] = _is_shared(terminal, terminals)
        if analyses is not UNKNOWN:
            known |= _analysis(terminal.risk_analysis, analyses)
    return Inspected(
        serial=terminal.serial,
        attended=terminal.attended,
        inspect_days=terminal.inspect_days,
        risk_analysis=terminal.risk_analysis,
        last_result=_last_result(terminal),
        **known,
    )


def _last_result(terminal: Terminal) -> Any:
    """What the newest inspection found; empty where there was none."""
    if terminal.inspections is UNKNOWN:
        return UNKNOWN
    newest = max(terminal.inspections, key=lambda each: each.on, default=None)
    return "" if newest is None else newest.result


def _is_shared(terminal: Terminal, terminals: Iterable[Terminal]) -> Any:
    """Whether an attended one names the same analysis; UNKNOWN where one that does not say might."""
    silent = [one for one in terminals if one.risk_analysis is UNKNOWN]
    same = [one for one in terminals if one not in silent and one.risk_analysis == terminal.risk_analysis]
    if any(one.attended is True for one in same):
        return True
    return UNKNOWN if any(one.attended is not False for one in (*silent, *same)) else False


def _analysis(name: str, analyses: Iterable[Entry]) -> dict[str, Any]:
    entry = next((one for one in analyses if one.id == name and INSPECTION in one.controls), None)
    if entry is None:
        return {"analysed": False}
    return {"analysed": True, "allowed_days": entry.days, "analysis_reviewed": entry.reviewed}


def _watched(document: Inventory, site: str, hosts: Iterable[HostEntry]) -> Watched:
    own = [host for host in hosts if host.site == site]
    assessed, last_assessment = _newest(document, document.registers.impact_assessments, site)
    changed, last_change = _newest(document, document.registers.change_records, site)
    if last_change is not UNKNOWN and _hides(document, document.registers.change_records):
        last_change = UNKNOWN
    return Watched(
        name=site,
        cameras=_cameras(document, own),
        assessed=assessed,
        last_assessment=last_assessment,
        changed=changed,
        last_change=last_change,
    )


def _newest(document: Inventory, entries: Sequence[Entry], site: str) -> tuple[Any, Any]:
    """Whether entries are about the site, and the day of the newest; UNKNOWN where that is not said."""
    if entries is UNKNOWN:
        return UNKNOWN, UNKNOWN
    own = [entry for entry in entries if site in (_sites(document, entry) or ())]
    if not own:
        return (UNKNOWN if _hides(document, entries) else False), UNKNOWN
    days: list[date] = [entry.reviewed for entry in own]
    return True, UNKNOWN if any(day is UNKNOWN for day in days) else max(days)


def _hides(document: Inventory, entries: Iterable[Entry]) -> bool:
    """Whether some entry does not say which sites it is about."""
    return any(_sites(document, entry) is None for entry in entries)


def _sites(document: Inventory, entry: Entry) -> frozenset[str] | None:
    """The sites that an entry is about, by name or by its hosts; None where it says neither."""
    if entry.sites is not UNKNOWN:
        return frozenset(entry.sites)
    if entry.hosts is UNKNOWN or document.hosts is UNKNOWN:
        return None
    return frozenset(host.site for host in document.hosts if host.name in entry.hosts)


def _cameras(document: Inventory, hosts: Sequence[HostEntry]) -> Any:
    """How many of the hosts see plates or people; UNKNOWN where none does and not all say what they hold."""
    stores = () if document.stores is UNKNOWN else document.stores
    holding = {
        name
        for store in stores
        if store.categories is not UNKNOWN and store.hosts is not UNKNOWN and _WATCHING & {*store.categories}
        for name in store.hosts
    }
    count = sum(host.role in _CAMERAS or host.name in holding or _has_folder(host) for host in hosts)
    return UNKNOWN if not count and any(host.role is None for host in hosts) else count


def _has_folder(host: HostEntry) -> bool:
    folders = () if host.folders is UNKNOWN else host.folders
    return any(folder.category in _WATCHING for folder in folders)
