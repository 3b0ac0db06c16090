"""How long a job rests at most, in days, from words of crontab(5) and systemd.time(7)."""

import re
from collections.abc import Iterable
from math import ceil

NEVER = -1
"""No clock starts it."""
_NICKNAMES = {
    "@hourly": 1,
    "@daily": 1,
    "@midnight": 1,
    "@weekly": 7,
    "@monthly": 31,
    "@yearly": 366,
    "@annually": 366,
    "@reboot": NEVER,
}
_YEAR, _MONTH, _WEEK = 366, 31, 7
_DAYS = {name: at for at, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_CRON_FIELDS = 5
_SPANS = {
    "y": 365,
    "month": 31,
    "w": 7,
    "d": 1,
    "h": 1 / 24,
    "min": 1 / 1440,
    "s": 1 / 86400,
    "ms": 0,
    "us": 0,
}
_SPAN = re.compile(r"(\d+)(y|month|w|d|h|min|s|ms|us)\b")
_CALENDAR = re.compile(
    r"(?:(?P<week>[A-Za-z,.]+) )?(?P<year>[\d*,/.]+)-(?P<month>[\d*,/.]+)[-~](?P<day>[\d*,/.]+) "
)


def cron_days(schedule: str) -> int:
    """Longest rest of a schedule of cron; 1 for daily and more often; raises `ValueError` if it is none."""
    if schedule.startswith("@"):
        return _NICKNAMES[schedule.lower()]
    fields = schedule.split()
    if len(fields) != _CRON_FIELDS:
        raise ValueError(f"{schedule[:40]} is no schedule")
    _, _, day, month, weekday = fields
    if not _is_any(month):
        return _YEAR
    rests = []
    if not _is_any(day):
        rests.append(_rest(_numbers(day, 1, _MONTH), _MONTH))
    if not _is_any(weekday):
        rests.append(_rest({number % _WEEK for number in _numbers(weekday.lower(), 0, _WEEK)}, _WEEK))
    return min(rests, default=1)


def timer_days(calendars: Iterable[str], monotonic: Iterable[str]) -> int:
    """Longest rest of a systemd timer: OnCalendar in normal form, and spans as `OnUnitActiveUSec=1d`."""
    rests = [_calendar_days(each) for each in calendars]
    for each in monotonic:
        name, _, span = each.partition("=")
        if name.strip() in ("OnUnitActiveUSec", "OnUnitInactiveUSec"):
            rests.append(max(1, ceil(sum(int(count) * _SPANS[unit] for count, unit in _SPAN.findall(span)))))
    return min(rests, default=NEVER)


def _calendar_days(text: str) -> int:
    match = _CALENDAR.match(text + " ")
    if match is None:
        raise ValueError(f"{text[:40]} is no calendar")
    if match["year"] != "*":
        return NEVER
    if match["month"] != "*":
        return _YEAR
    if match["day"] != "*":
        return _rest(_numbers(match["day"].replace("..", "-"), 1, _MONTH), _MONTH)
    if match["week"]:
        return _rest(_numbers(match["week"].lower().replace("..", "-"), 0, _WEEK - 1), _WEEK)
    return 1


def _is_any(field: str) -> bool:
    return field in ("*", "?", "*/1")


def _numbers(field: str, low: int, high: int) -> set[int]:
    """The numbers of a field: `1,15`, `1-5`, `*/2`, `mon-fri`; ranges over the end go round."""
    found: set[int] = set()
    for part in field.replace("~", "-").split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if first == "*" else _number(first)
        end = high if first == "*" or (step and not dash) else _number(last) if dash else start
        if not low <= start <= high or not low <= end <= high:
            raise ValueError(f"{part[:20]} is out of bounds")
        whole = [*range(start, end + 1)] if start <= end else [*range(start, high + 1), *range(low, end + 1)]
        found.update(whole[:: int(step or 1)])
    return found


def _number(text: str) -> int:
    return _DAYS[text[:3]] if text[:3] in _DAYS else int(text)


def _rest(days: set[int], around: int) -> int:
    """The longest way from one day to the next, round the week or month."""
    ordered = sorted(days)
    return max(b - a for a, b in zip(ordered, [*ordered[1:], ordered[0] + around], strict=True))
