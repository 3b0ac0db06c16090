"""The words and shapes of a report: every state is a word and a shape, never a colour alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from compliance.model.rule import Severity
from scanners import Reason

HOSTS_NAMED = 6
"""Hosts that a sentence names before it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """How a state is shown: its word, its shape, and the CSS class that colours both."""

    word: str
    shape: str
    css: str


class State(StrEnum):
    """A control or a group of them as the checks leave it; "compliant" is for an assessor to say."""

    FAILING = "failing"
    INCOMPLETE = "incomplete"
    PASSING = "passing"
    UNTESTED = "untested"
    """A machine could test it, and no check of this scan did."""
    MANUAL = "manual"
    NOT_APPLICABLE = "not-applicable"

    @property
    def sign(self) -> Sign:
        """The state's word and shape."""
        return _STATES[self]


class Look(StrEnum):
    """How much of a host one scanner saw."""

    SEEN = "seen"
    PARTLY = "partly"
    NOT_SEEN = "not-seen"
    NOT_ASKED = "not-asked"

    @property
    def sign(self) -> Sign:
        """The look's word and shape."""
        return _LOOKS[self]


_STATES = {
    State.FAILING: Sign(word="Checks fail", shape="✗", css="bad"),
    State.INCOMPLETE: Sign(word="Not all seen", shape="?", css="unseen"),
    State.PASSING: Sign(word="Checks pass", shape="✓", css="good"),
    State.UNTESTED: Sign(word="Not tested", shape="□", css="quiet"),
    State.MANUAL: Sign(word="Not tested by a machine", shape="□", css="quiet"),
    State.NOT_APPLICABLE: Sign(word="Does not apply", shape="○", css="quiet"),
}
_LOOKS = {
    Look.SEEN: Sign(word="seen", shape="✓", css="good"),
    Look.PARTLY: Sign(word="in part", shape="?", css="unseen"),
    Look.NOT_SEEN: Sign(word="not seen", shape="✗", css="bad"),
    Look.NOT_ASKED: Sign(word="not asked", shape="·", css="quiet"),
}
_SEVERITIES = {
    Severity.CRITICAL: Sign(word="Critical", shape="■", css="critical"),
    Severity.HIGH: Sign(word="High", shape="▲", css="high"),
    Severity.MEDIUM: Sign(word="Medium", shape="●", css="medium"),
    Severity.LOW: Sign(word="Low", shape="▼", css="low"),
    Severity.INFO: Sign(word="Info", shape="○", css="quiet"),
}
_REASONS = {
    Reason.UNREACHABLE: "nothing answered",
    Reason.TIMED_OUT: "no answer in time",
    Reason.NO_LOGIN: "no login was given",
    Reason.REFUSED_LOGIN: "the login was refused",
    Reason.HOST_KEY: "the host key is not the pinned one",
    Reason.TOOL_MISSING: "a program is missing",
    Reason.NOT_PERMITTED: "not permitted to look",
    Reason.UNSUPPORTED: "not supported on this host",
    Reason.INCONCLUSIVE: "the answers settle nothing",
    Reason.PARTIAL: "seen only in part",
    Reason.GARBLED: "the answer made no sense",
    Reason.CRASHED: "the scanner broke down",
    Reason.NOT_COLLECTED: "was not collected",
}


def severity_sign(severity: Severity) -> Sign:
    """The severity's word and shape."""
    return _SEVERITIES[severity]


def reason_words(reason: str) -> str:
    """Why something was not seen, as a person says it; an unknown reason is said as it is."""
    return _REASONS.get(Reason(reason), reason) if reason in set(Reason) else reason


def plural(number: int, one: str, many: str = "") -> str:
    """`1 host`, `2 hosts`: the number with its noun, thousands set apart."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def utc(moment: datetime) -> str:
    """A moment to the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def verb(number: int, one: str, many: str) -> str:
    """The form of a verb that goes with a number of things."""
    return one if number == 1 else many


def listed(names: tuple[str, ...], most: int = HOSTS_NAMED) -> str:
    """Names as a person lists them: `a`, `a and b`, `a, b and 7 more`."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return "".join(names)
