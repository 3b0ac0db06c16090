"""Change records set beside what was reviewed after them, and the hosts that they name."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from compliance.model.estate import Entry, Registers
from compliance.policy.estatefacts import MOST_NAMING, Change
from scanners import UNKNOWN, PartialList

SCOPE_CONTROLS = frozenset({"pci-dss-4.0.1/12.5.2", "pci-dss-4.0.1/12.5.2.1"})
"""What an entry of the reviews names that confirms what is in scope."""


def changes(registers: Registers, today: date) -> Any:
    """Each change record, and whether scope and impact assessments were gone over since, up to a day."""
    if registers.change_records is UNKNOWN:
        return UNKNOWN
    reviews = registers.configuration_reviews
    scope = UNKNOWN if reviews is UNKNOWN else [e for e in reviews if SCOPE_CONTROLS & set(e.controls)]
    return tuple(
        Change(
            id=entry.id,
            reviewed=entry.reviewed,
            significant=entry.significant,
            scope_confirmed=_since(scope, entry, today),
            assessed=_since(registers.impact_assessments, entry, today),
        )
        for entry in registers.change_records
    )


def naming(entries: tuple[Entry, ...], host: str) -> Any:
    """The entries of a register that name a host; not known where none does and one says nothing of hosts."""
    if entries is UNKNOWN:
        return UNKNOWN
    told = [entry for entry in entries if entry.hosts is not UNKNOWN]
    found = [entry.id for entry in told if host in entry.hosts]
    if len(found) > MOST_NAMING:
        return PartialList(found[:MOST_NAMING])
    return tuple(found) if found or len(told) == len(entries) else UNKNOWN


def _since(entries: Iterable[Entry], change: Entry, today: date) -> bool:
    """Whether one of them is of the day of the change or later; not known where one has no day."""
    unknown: bool = UNKNOWN
    if entries is UNKNOWN or change.reviewed is UNKNOWN:
        return unknown
    dated = [entry for entry in entries if entry.reviewed is not UNKNOWN]
    if any(change.reviewed <= entry.reviewed <= today for entry in dated):
        return True
    return False if len(dated) == len(list(entries)) else unknown
