"""How far the clock is off, as its own time service says."""

import re

from scanners.facts import Reason
from scanners.kit.collector import Missing

_CHRONY = re.compile(r"^System time\s*:\s*([\d.]+) seconds (slow|fast)", re.MULTILINE)
_NTP = re.compile(r"\boffset=([+-]?[\d.]+)")
_TIMESYNCD = re.compile(r"^\s*Offset:\s*([+-]?[\d.]+)(us|ms|s|min)\b", re.MULTILINE)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}


def offset(text: str) -> float:
    """Seconds by which the clock is off, without a sign; raises `Missing` where the service does not say."""
    tool, _, rest = text.partition("\n")
    if tool == "chrony" and (match := _CHRONY.search(rest)):
        return float(match[1])
    if tool == "ntp" and (match := _NTP.search(rest)):
        return abs(float(match[1])) / 1000
    if tool == "timesyncd" and (match := _TIMESYNCD.search(rest)):
        return abs(float(match[1])) * _UNITS[match[2]]
    raise Missing(Reason.UNSUPPORTED, "the time service does not say how far the clock is off")
