"""Whether the system log keeps precise times: with year, time zone and fractions of a second (RFC 3339)."""

import re

from scanners.facts import Reason
from scanners.kit.collector import Dump, Missing

_OLD_TEMPLATES = re.compile(r"RSYSLOG_(?:Traditional\w*|Syslogd\w*)Format", re.IGNORECASE)
_OWN_TEMPLATE = re.compile(
    r"(?:\$ActionFileDefaultTemplate\s+|builtin:omfile[^)]*\btemplate\s*=\s*\"?)(\w+)", re.IGNORECASE
)
_KNOWN = {"rsyslog_fileformat", "rsyslog_syslogprotocol23format"}


def keeps_precise_time(files: tuple[Dump, ...], *, syslog: bool, journal: bool) -> bool:
    """Of the files that the running service writes; the journal always keeps microseconds.

    Raises `Missing` where the service writes by a template of its own, or is one whose times are not told.
    """
    if not syslog:
        return journal
    lines = [line for dump in files if "rsyslog" in dump.path for line in dump.lines]
    if not lines:
        raise Missing(Reason.UNSUPPORTED, "the times that this log service writes are not known")
    text = "\n".join(lines)
    named = {match.lower() for match in _OWN_TEMPLATE.findall(text)}
    if _OLD_TEMPLATES.search(text):
        return False
    if not named <= _KNOWN:
        raise Missing(Reason.UNSUPPORTED, f"a template of its own sets the times: {min(named - _KNOWN)[:60]}")
    return True
