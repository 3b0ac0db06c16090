"""How far back the logs on a host reach, how much room they take, and how much is left."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from scanners.config.facts import FileMode
from scanners.config.identityfacts import Group
from scanners.config.recordfacts import KeptLog
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps, Missing, Sections

_FIELDS = ("since", "free_bytes", "kept_bytes", "bytes_a_day")
_GROUP_READS = 0o040
_SECONDS_A_DAY = 86_400


class _File(NamedTuple):
    """A file of a log: the log it belongs to, when it was begun or last written to, its bytes."""

    log: str
    begun: int
    size: int


def kept_logs(sections: Sections, gaps: Gaps) -> dict[str, Any]:
    """Fields of `Logs` on what is kept; `kept` is of the logs of logins and of the system alone."""
    found: dict[str, Any] = {"kept": gaps.fact("logs.kept", lambda: _kept(_files(sections)))}
    for name in _FIELDS:
        found[name] = gaps.fact(f"logs.{name}", partial(_measure, sections, name))
    return found


def log_readers(files: tuple[FileMode, ...], groups: tuple[Group, ...]) -> tuple[str, ...]:
    """Members of the groups that may read what lies in /var/log, root's aside; raises `Missing`."""
    if files is UNKNOWN or groups is UNKNOWN or isinstance(files, PartialList):
        raise Missing(Reason.NOT_COLLECTED, "not all owners of logs, or not the groups, are known")
    logs = (file for file in files if file.path.startswith("/var/log"))
    reading = {file.group for file in logs if file.mode & _GROUP_READS} - {"root"}
    own = [group for group in groups if group.name in reading]
    if any(group.members is UNKNOWN for group in own):
        raise Missing(Reason.NOT_COLLECTED, "not all members of the groups that read logs are known")
    return tuple(sorted({name for group in own for name in group.members}))


def parse_files(text: str) -> tuple[_File, ...]:
    """Lines `L LOG BORN WRITTEN SIZE PATH`, times in seconds since 1970; BORN is 0 where it is not known."""
    rows = (line.split(" ", 5) for line in text.splitlines() if line.startswith("L "))
    return tuple(_File(row[1], _earlier(int(row[2]), int(row[3])), int(row[4])) for row in rows)


def _earlier(born: int, written: int) -> int:
    return min(born, written) if born > 0 else written


def _files(sections: Sections) -> tuple[_File, ...]:
    text = sections.text("kept-logs")
    hidden = next((line[2:] for line in text.splitlines() if line.startswith("N ")), None)
    if hidden:
        raise Missing(Reason.NOT_PERMITTED, f"{hidden} is not readable")
    return parse_files(text)


def _kept(files: Sequence[_File]) -> tuple[KeptLog, ...]:
    logs = sorted({file.log for file in files})
    return tuple(
        KeptLog(
            locus=f"log{log}",
            path=log,
            oldest=datetime.fromtimestamp(min(file.begun for file in files if file.log == log), tz=UTC),
        )
        for log in logs
    )


def _measure(sections: Sections, name: str) -> Any:
    """One of the figures of the section's other lines; raises `Missing` where it has none."""
    said = {line[0]: line[2:] for line in sections.text("kept-logs").splitlines() if line[:1] in "SDUT"}
    if name == "since" and int(said.get("S", "0")) > 0:
        return datetime.fromtimestamp(int(said["S"]), tz=UTC)
    if name == "free_bytes" and "D" in said:
        return int(said["D"]) * 1024
    if name == "kept_bytes" and "U" in said:
        return int(said["U"]) * 1024
    if name == "bytes_a_day" and "U" in said and "T" in said:
        return _pace(_files(sections), kept=int(said["U"]) * 1024, now=int(said["T"]))
    raise Missing(Reason.NOT_COLLECTED, f"the host does not say {name} of its logs")


def _pace(files: Sequence[_File], *, kept: int, now: int) -> float:
    days = (now - min((file.begun for file in files), default=now)) / _SECONDS_A_DAY
    if days < 1:
        raise Missing(
            Reason.INCONCLUSIVE, "the logs do not reach back a day: nobody knows how fast they grow"
        )
    return kept / days
