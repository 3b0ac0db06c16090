"""What the search said, line by line: nothing in it is trusted to be well-formed."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from scanners import Garbled, TimedOut, Unreachable
from scanners.discovery.plan import Cursor, Probe
from scanners.facts import Reason
from scanners.kit.shell import Said

_MASKED = re.compile(r"[0-9]{6}\*{3,9}[0-9]{4}\Z")
_SCHEME = re.compile(r"[a-z]{1,20}\Z")
_DAY = 86400
_MOST_PATH = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A file's own facts, by the names of the fields of `Place`."""

    path: str
    mode: int
    owner: str
    age_days: int
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a file holds."""

    place: About
    counts: tuple[int, ...]
    """numbers, tests, tracks, codes, PIN blocks, lines, plates, mails, clear keys, locked keys"""
    schemes: tuple[str, ...]
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What was seen of a declared folder: a state, then count, beyond, oldest, newest and ages."""

    state: str
    counts: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class Answer:
    """All that one run said."""

    proved: bool = False
    planted: list[Held] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    exposed: list[tuple[str, About]] = field(default_factory=list)
    records: list[About] = field(default_factory=list)
    folders: dict[int, Stored] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    files: int = 0
    bytes: int = 0
    done: Cursor | None = None
    """Up to here everything was read."""
    stopped: Cursor | None = None
    """Here the budget ended."""
    cut: Reason | None = None
    """Why the run came to no end of its own."""


def parse(said: Said, marker: str, probe: Probe, now: datetime) -> Answer:
    """The answer in what a host said; raises `TimedOut`, `Unreachable` or `Garbled` if there is none."""
    text = said.stdout.decode("utf-8", "replace")
    begin = f"{marker} BEGIN\n"
    if begin not in text:
        if said.cut is Reason.TIMED_OUT:
            raise TimedOut("the search gave nothing within its time")
        if said.cut is Reason.UNREACHABLE:
            raise Unreachable("the connection was lost before the search gave anything")
        raise Garbled("the host's shell gave no answer of the search; is it a POSIX shell?")
    body, ended, _ = text.partition(begin)[2].partition(f"{marker} END\n")
    reader = _Reader(probe, now)
    # a line that was cut by the end of the time is none
    for line in body.split("\n")[:-1]:
        reader.take(line)
    answer = reader.answer
    if said.cut or not ended:
        answer.cut = said.cut or Reason.GARBLED
    elif reader.late:
        answer.cut = Reason.TIMED_OUT
    elif not reader.chosen:
        answer.cut = Reason.GARBLED
    return answer


class _Reader:
    """Takes one line after the other."""

    def __init__(self, probe: Probe, now: datetime) -> None:
        self.answer = Answer()
        self.late = False
        self.chosen = False
        self._probe = probe
        self._now = now
        self._place: About | None = None
        self._searching = False

    def take(self, line: str) -> None:
        """Note what a line says; one that says nothing is counted."""
        letter, _, rest = line.partition("\t")
        try:
            self._note(letter, rest, rest.split("\t"))
        except (ValueError, IndexError):
            self.answer.skipped["garbled"] += 1

    def _note(self, letter: str, rest: str, words: list[str]) -> None:
        match letter:
            case "H":
                self._place = self._about(words)
            case "N" if self._place:
                (self.answer.held if self._searching else self.answer.planted).append(
                    _held(self._place, words)
                )
                self._place = None
            case "X" if words[0] in ("dump", "credentials"):
                self.answer.exposed.append((words[0], self._about(words[1:])))
            case "R":
                self.answer.records.append(self._about(words))
            case "S":
                counts = tuple(map(int, words[2:]))
                self.answer.folders[int(words[0])] = Stored(state=words[1], counts=counts)
            case _:
                self._note_course(letter, rest, words)

    def _note_course(self, letter: str, rest: str, words: list[str]) -> None:
        """Note how the search goes, rather than what it finds."""
        answer = self.answer
        match letter:
            case "T":
                answer.proved = rest == self._probe.answer
            case "K" if words[0] in _WHY:
                answer.skipped[words[0]] += int(words[1])
            case "G":
                self._searching = True
            case "C" if self._searching:
                self._count(int(words[0]), int(words[1]))
                answer.done = Cursor(path=_path(words[3]), offset=int(words[2]))
            case "C":
                pass  # of the planted files
            case "P":
                answer.stopped = Cursor(path=_path(words[1]), offset=int(words[0]))
            case "L":
                self.late = True
            case "Z":
                self.chosen = True
            case _:
                raise ValueError(letter)

    def _count(self, files: int, size: int) -> None:
        self.answer.files += files
        self.answer.bytes += size

    def _about(self, words: list[str]) -> About:
        mode, owner, changed, may_all, path = words
        return About(
            path=_path(path),
            mode=int(mode, 8),
            owner=_plain(owner)[:64],
            age_days=max(0, (int(self._now.timestamp()) - int(changed)) // _DAY),
            open=may_all == "1",
        )


_WHY = frozenset(
    {
        "absent",
        "network",
        "listing",
        "not-permitted",
        "odd-name",
        "media",
        "closed",
        "packed",
        "large",
        "failed",
    }
)


def _held(place: About, words: list[str]) -> Held:
    """What a file holds; a sample that is not masked is thrown away, wherever it comes from."""
    return Held(
        place=place,
        counts=tuple(int(word) for word in words[:10]),
        schemes=tuple(word for word in words[10].split(",") if _SCHEME.match(word)),
        samples=tuple(word for word in words[11].split(",") if _MASKED.match(word)),
    )


def _path(text: str) -> str:
    if not text.startswith("/") or len(text) > _MOST_PATH:
        raise ValueError(text[:20])
    return _plain(text)


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
