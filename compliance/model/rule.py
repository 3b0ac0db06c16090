"""Rules: what the facts must say, as their authors wrote it; the engine holds the compiled form."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a failure is, in rising order."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info to 4 for critical."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the facts must say. The title names the good state."""

    id: str
    """Kebab-case, subject first, unique over all packs."""
    pack: str
    title: str
    severity: Severity
    rationale: str
    """Why it matters."""
    remediation: str
    """How to mend it: lines that an engineer can type."""
    scanners: tuple[str, ...]
    """The scanners whose facts it reads, found by the checker."""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    source: str = ""
    """Where it stands: `file:line`."""
