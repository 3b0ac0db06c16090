"""Windows: the hours of the day in which hosts may be looked at."""

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from compliance.model.errors import BadWindow

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From one time of day to another, in a time zone; it may span midnight."""

    begins: time
    ends: time
    """The first minute that is outside."""
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        """Whether a moment falls into it."""
        now = at.astimezone(self.zone).time()
        if self.begins < self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M} {self.zone.key}"


def parse_window(hours: str, zone: str) -> Window:
    """The window that is written as 22:00-05:00, in an IANA time zone; raises `BadWindow`."""
    found = _HOURS.match(hours)
    if found is None or found[1] + found[2] == found[3] + found[4]:
        raise BadWindow(
            f"{ascii(hours)[:40]} is no window of the day", hint="write two different times, as 22:00-05:00"
        )
    try:
        place = ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise BadWindow(
            f"{ascii(zone)[:40]} is no time zone", hint="write an IANA name, as Europe/Vienna"
        ) from error
    first, second, third, fourth = map(int, found.groups())
    return Window(begins=time(first, second), ends=time(third, fourth), zone=place)
