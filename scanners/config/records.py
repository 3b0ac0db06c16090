"""What a program that compares files is told to compare: AIDE's and Wazuh's own settings (aide.conf(5))."""

import re
from typing import NamedTuple

from scanners.config.recordfacts import RecordsCompared
from scanners.facts import Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_TOOLS = ("auditctl", "auditd", "augenrules")
_SETTINGS = "/etc/audit/auditd.conf"
_OLD_LOGS = ("/var/log/syslog.1", "/var/log/messages-20260101", "/var/log/audit/audit.log.1")
_SPECIAL = re.compile(r"(?<!\\)[\[\](){}.*+?|^$@\\]")
_WHOLE = {"", ".*", ".+", "/.*", "(/.*)?", "($|/)", "/.+"}
_FOLDERS = re.compile(r"<directories[^>]*>([^<]*)<")
_PATTERNS = re.compile(r"<ignore type=\"sregex\">([^<]*)<")
_IGNORED = re.compile(r"<ignore>([^<]*)<")


class _Line(NamedTuple):
    """A line that takes files in, or leaves them out: what their paths begin with, and what may follow."""

    takes: bool
    start: str
    rest: str

    def matches(self, path: str) -> bool | None:
        """Whether it speaks of a path; None where only its own program could tell."""
        if self.rest == "$":
            return path == self.start
        if not path.startswith(self.start):
            return None if self.rest and self.start.startswith(path) else False
        return True if self.rest in _WHOLE else None


def records_compared(sections: Sections, gaps: Gaps) -> RecordsCompared:
    """What is compared, and whether anybody is told; raises `Missing` where no such settings were read."""
    files = dumps(sections.optional("integrity"))
    if not files:
        raise Missing(Reason.NOT_COLLECTED, "no settings of AIDE or Wazuh were found")
    if hidden := next((dump.path for dump in files if not dump.readable), None):
        raise Missing(Reason.NOT_PERMITTED, f"{hidden} is not readable")
    lines = [line for dump in files for line in _lines(dump)]
    programs = [(f"/sbin/{name}", f"/usr/sbin/{name}") for name in _TOOLS]
    tools = [*programs, (_SETTINGS,)]
    return RecordsCompared(
        tools=gaps.fact("records_compared.tools", lambda: all(_any(lines, paths) for paths in tools)),
        old_logs=gaps.fact("records_compared.old_logs", lambda: _old_logs(lines)),
        tells=any(_tells(dump) for dump in files),
    )


def _old_logs(lines: list[_Line]) -> bool:
    system, audit = _any(lines, _OLD_LOGS[:2]), _any(lines, _OLD_LOGS[2:])
    return system and audit


def _any(lines: list[_Line], paths: tuple[str, ...]) -> bool:
    """Whether one of these paths is compared; raises `Missing` where only the program itself could tell."""
    said = [_compared(lines, path) for path in paths]
    if True in said:
        return True
    if None in said:
        raise Missing(Reason.INCONCLUSIVE, f"whether {paths[0]} is compared only its program can tell")
    return False


def _compared(lines: list[_Line], path: str) -> bool | None:
    taken = [line.matches(path) for line in lines if line.takes]
    left = [line.matches(path) for line in lines if not line.takes]
    if True in left or not (True in taken or None in taken):
        return False
    return None if None in left or True not in taken else True


def _lines(dump: Dump) -> list[_Line]:
    if dump.path.endswith("ossec.conf"):
        text = "\n".join(dump.lines)
        folders = [path.strip() for said in _FOLDERS.findall(text) for path in said.split(",")]
        return [
            *(_Line(takes=True, start=path, rest="") for path in folders),
            *(_Line(takes=False, start=path.strip(), rest="") for path in _IGNORED.findall(text)),
            *(_Line(takes=False, start="/", rest="?") for word in _PATTERNS.findall(text) if _reaches(word)),
        ]
    found = []
    for word in (line.split()[0] for line in dump.lines if line[:1] in "/!="):
        pattern = word.lstrip("!=")
        special = _SPECIAL.search(pattern)
        cut = special.start() if special else len(pattern)
        takes = not word.startswith("!")
        found.append(_Line(takes=takes, start=pattern[:cut], rest=pattern[cut:]))
    return found


def _reaches(pattern: str) -> bool:
    """Whether a pattern of Wazuh may leave out what is asked for: not if it names endings of other files."""
    endings = [each.removesuffix("$") for each in pattern.split("|")]
    asked = (*_TOOLS, _SETTINGS, *_OLD_LOGS)
    is_plain = all(re.fullmatch(r"\.\w+\$", each) for each in pattern.split("|"))
    return not is_plain or any(path.endswith(end) for path in asked for end in endings)


def _tells(dump: Dump) -> bool:
    """An agent tells its manager; AIDE writes a mail (Debian), or to the system log."""
    if dump.path.endswith("ossec.conf"):
        return True
    return any(re.match(r"MAILTO=\"?[^\"\s]|report_url=(?:syslog|mailto)", line) for line in dump.lines)
