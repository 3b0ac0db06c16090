"""Timestamps and durations of CEL: read, written, taken apart (cel-spec, langdef.md)."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from compliance.policy.cel.values import Failure

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))\Z", re.ASCII
)
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)", re.ASCII)
_OFFSET = re.compile(r"([+-]?)(\d\d):(\d\d)\Z", re.ASCII)
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_LONGEST = timedelta(microseconds=2**63 // 1000)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def timestamp(text: str) -> datetime:
    """The moment that an RFC 3339 text names, to the microsecond; raises `Failure`."""
    match = _RFC3339.match(text)
    if match is None:
        raise Failure(f"invalid timestamp {text[:40]!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    micro = int((match[7] or "0").ljust(9, "0")[:6])
    zone = UTC if match[8] else _zone(match[9], match[10], match[11])
    try:
        return datetime(year, month, day, hour, minute, second, micro, zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Failure(f"timestamp out of range: {text[:40]!r}") from error


def from_epoch(seconds: int) -> datetime:
    """The moment so many seconds after 1970; raises `Failure`."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise Failure("timestamp out of range") from error


def to_epoch(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return (moment - _EPOCH) // timedelta(seconds=1)


def written(moment: datetime) -> str:
    """The moment in RFC 3339, in UTC."""
    utc = moment.astimezone(UTC)
    fraction = f".{utc.microsecond:06}".rstrip("0") if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + fraction + "Z"


def duration(text: str) -> timedelta:
    """The span that a text such as `1h30m` or `-1.5s` names, to the microsecond; raises `Failure`."""
    sign, body = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    total, at = 0, 0
    while match := _PART.match(body, at):
        whole, _, fraction = match[1].partition(".")
        unit = _NANOSECONDS[match[2]]
        total += int(whole or 0) * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)
        at = match.end()
        if len(body) > 60:  # noqa: PLR2004 (no span needs more characters)
            break
    if body == "0":
        return timedelta()
    if not body or at != len(body):
        raise Failure(f"invalid duration {text[:40]!r}")
    try:
        return span(timedelta(microseconds=sign * (total // 1000)))
    except OverflowError as error:
        raise Failure(f"duration out of range: {text[:40]!r}") from error


def span(value: timedelta) -> timedelta:
    """The same span, if its nanoseconds fit 64 bits, some 292 years; raises `Failure`."""
    if not -_LONGEST <= value <= _LONGEST:
        raise Failure("duration out of range")
    return value


def written_span(value: timedelta) -> str:
    """The span in seconds, as `1.5s`."""
    micros = value // _MICROSECOND
    whole, part = divmod(abs(micros), 1_000_000)
    fraction = f".{part:06}".rstrip("0") if part else ""
    return f"{'-' if micros < 0 else ''}{whole}{fraction}s"


def truncated(value: timedelta, unit: timedelta) -> int:
    """How many whole units the span has, cut towards zero."""
    count = abs(value) // unit
    return -count if value < timedelta() else count


def local(moment: datetime, zone: str = "UTC") -> datetime:
    """The moment on the clocks of a zone: an IANA name or an offset such as `-09:30`; raises `Failure`."""
    match = _OFFSET.match(zone)
    try:
        place: tzinfo = _zone(match[1], match[2], match[3]) if match else ZoneInfo(zone)
        return moment.astimezone(place)
    except (OSError, ValueError, OverflowError) as error:
        raise Failure(f"unknown time zone {zone[:40]!r}") from error


def _zone(sign: str, hours: str, minutes: str) -> tzinfo:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset >= timedelta(days=1):
        raise Failure("invalid time zone")
    return timezone(-offset if sign == "-" else offset)
