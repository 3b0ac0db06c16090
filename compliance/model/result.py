"""Results: what a rule says of a place on a host, with the values it rests on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.model.rule import Severity

ESTATE = "(estate)"
"""Stands for the host in results of what is declared; no host can be called so."""
FLEET = "(fleet)"
"""Stands for the host in results of what hosts show together; no host can be called so."""


class Verdict(StrEnum):
    """The outcome of a rule, in the words of XCCDF 1.2 (NIST IR 7275r4, 6.6.4.2)."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    ERROR = "error"
    UNKNOWN = "unknown"
    NOTAPPLICABLE = "notapplicable"
    NOTCHECKED = "notchecked"
    NOTSELECTED = "notselected"
    INFORMATIONAL = "informational"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One value that a verdict rests on: the fact's path and what was seen, as a person reads it."""

    path: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one rule says of one place on one host; computed, and may be computed again."""

    host: str
    rule: str
    key: str
    """The place: `tcp/443`, `package/openssl`; empty for the host as a whole."""
    verdict: Verdict
    severity: Severity
    message: str
    fix: str
    evidence: tuple[Evidence, ...] = ()
    observed_at: datetime | None = None
    """When the facts were seen; None where none were."""
    waived_by: str = ""
    """Id of the waiver that accepts it; the verdict stays what it is."""
