"""Everything that is read from inside a host, by one script in one go; it is cut into named sections."""

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import TypeVar
from weakref import WeakKeyDictionary

from scanners import Garbled, ScanError, TimedOut, Unreachable
from scanners.facts import UNKNOWN, Gap, Reason
from scanners.kit.agents import AGENTS
from scanners.kit.shell import CAP, Said, Shell

T = TypeVar("T")

_TAIL = 200
_PARTS = ("collector-sieves.sh", "collector-servers.sh", "collector-agents.sh", "collector.sh")
_HIDDEN = dict.fromkeys(
    (
        *(code for code in range(0x20) if code not in (0x09, 0x0A)),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ),
    "\ufffd",
)
"""Control characters and those that turn the writing's direction: no fact and no message carries them."""


class Code(IntEnum):
    """What a section's return code says (sysexits.h, and what timeout(1) and sh give)."""

    SEEN = 0
    NOTHING_THERE = 66
    UNSUPPORTED = 69
    NOT_PERMITTED = 77
    TIMED_OUT = 124
    TOOL_MISSING = 127
    KILLED = 137


_REASONS: dict[int, tuple[Reason, str]] = {
    Code.NOTHING_THERE: (Reason.NOT_COLLECTED, "there is nothing to read"),
    Code.UNSUPPORTED: (Reason.UNSUPPORTED, "the host cannot tell"),
    Code.NOT_PERMITTED: (Reason.NOT_PERMITTED, "it needs root, or sudo without a password"),
    Code.TIMED_OUT: (Reason.TIMED_OUT, "it took too long"),
    Code.TOOL_MISSING: (Reason.TOOL_MISSING, "the program is not there"),
    Code.KILLED: (Reason.TIMED_OUT, "it took too long"),
}


class Missing(Exception):
    """One part of the facts cannot be known: why, and in which words a person is told."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the collector's output, with its return code."""

    name: str
    code: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """What the collector said, by section; `cut` says why later sections did not come, if so."""

    named: dict[str, Section]
    cut: Reason | None = None

    def text(self, name: str) -> str:
        """The text of a section that was seen whole; raises `Missing` for any other."""
        section = self.named.get(name)
        if section is None:
            raise Missing(self.cut or Reason.GARBLED, f"the collector's section {name} did not come back")
        if section.code == Code.SEEN:
            return section.text
        reason, detail = _REASONS.get(section.code, (Reason.GARBLED, f"it failed with code {section.code}"))
        said = section.text.strip()[-_TAIL:].replace("\n", "; ")
        raise Missing(reason, f"{name}: {detail}" + (f" ({said})" if said else ""))

    def has(self, name: str) -> bool:
        """Whether the thing that the section reads exists; raises `Missing` where that is not known."""
        if self.code(name) in (Code.TOOL_MISSING, Code.NOTHING_THERE):
            return False
        if name not in self.named or self.named[name].code in (Code.TIMED_OUT, Code.KILLED):
            self.text(name)
        return True

    def code(self, name: str) -> int | None:
        """The section's return code; None if it did not come back."""
        section = self.named.get(name)
        return None if section is None else section.code

    def optional(self, name: str) -> str:
        """The text of a section, empty if what it reads is not there; raises `Missing` if not known."""
        return self.text(name) if self.has(name) else ""


def collect(shell: Shell, timeout: float) -> Sections:
    """The sections of the host behind the shell; the script runs once for each shell, whoever asks.

    Raises the `ScanError` of the shell, every time anew without trying again: a wrong login is not repeated.
    """
    with _GUARD:
        memory = _MEMORIES.setdefault(shell, _Memory())
    with memory.lock:
        if memory.answer is None:
            try:
                memory.answer = _collected(shell, timeout)
            except ScanError as error:
                memory.answer = error
        if isinstance(memory.answer, ScanError):
            raise type(memory.answer)(*memory.answer.args) from memory.answer
        return memory.answer


@dataclass(slots=True)
class _Memory:
    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: Sections | ScanError | None = None


_GUARD = threading.Lock()
_MEMORIES: WeakKeyDictionary[Shell, _Memory] = WeakKeyDictionary()


def _collected(shell: Shell, timeout: float) -> Sections:
    marker = secrets.token_hex(16)
    said = shell.run(script(marker), timeout=timeout)
    return sections(said, marker)


def script(marker: str) -> bytes:
    """The collector with its marker set: a word that nobody on the host can know before."""
    return f"M={marker}\n".encode() + _body()


@cache
def _body() -> bytes:
    """The parts of the script as one, behind what they look for; the part that runs comes last."""
    programs = " ".join(sorted({name for agent in AGENTS for name in agent.programs}))
    stamps = " ".join(sorted({path for agent in AGENTS for path in (*agent.definitions, *agent.state)}))
    kit = files("scanners.kit")
    parts = (kit.joinpath(name).read_bytes() for name in _PARTS)
    return f"KNOWN='{programs}'\nSTAMPS='{stamps}'\n".encode() + b"".join(parts)


def sections(said: Said, marker: str) -> Sections:
    """The output cut at the marker's lines; nothing before the first marker and between sections is taken.

    Raises `TimedOut` or `Garbled` if not one section came back.
    """
    text = said.stdout.decode("utf-8", "replace")
    pattern = rf"^{marker} B ([a-z0-9-]+)\n(.*?)\n{marker} E \1 (\d{{1,3}})$"
    named: dict[str, Section] = {}
    for match in re.finditer(pattern, text, re.DOTALL | re.MULTILINE):
        name, body, code = match.groups()
        named.setdefault(name, Section(name=name, code=int(code), text=body.translate(_HIDDEN)))
    ended = re.search(rf"^{marker} END$", text, re.MULTILINE) is not None
    if named:
        return Sections(named=named, cut=said.cut or (None if ended else Reason.GARBLED))
    if said.cut is Reason.TIMED_OUT:
        raise TimedOut("the collector gave nothing within its time")
    if said.cut is Reason.UNREACHABLE:
        raise Unreachable("the connection was lost before the collector gave anything")
    if said.cut is Reason.GARBLED:
        raise Garbled(f"the host sent more than {CAP // 2**20} MiB and none of it was the collector's answer")
    raise Garbled("the host's shell gave no answer of the collector; is it a POSIX shell?")


class Gaps:
    """Gathers what could not be collected while facts are made."""

    def __init__(self) -> None:
        self.found: list[Gap] = []

    def fact(self, path: str, make: Callable[[], T]) -> T:
        """The fact that `make` gives, or UNKNOWN and a gap at the path."""
        try:
            return make()
        except Missing as missing:
            self.add(path, missing.reason, missing.detail)
        except (ValueError, IndexError, KeyError) as error:
            self.add(path, Reason.GARBLED, f"it could not be understood: {error}"[:_TAIL])
        unknown: T = UNKNOWN
        return unknown

    def add(self, path: str, reason: Reason, detail: str) -> None:
        """Note a gap, once."""
        gap = Gap(path=path, reason=reason, detail=detail)
        if gap not in self.found:
            self.found.append(gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """One configuration file that was dumped, without empty lines and comments."""

    path: str
    lines: tuple[str, ...]
    readable: bool = True


def dumps(text: str) -> tuple[Dump, ...]:
    """The files in a section that dumps configuration files."""
    found: list[tuple[str, bool, list[str]]] = []
    for line in text.splitlines():
        if line[:2] in ("F ", "N "):
            found.append((line[2:], line[0] == "F", []))
        elif line[:1] == "|" and found:
            found[-1][2].append(line[1:])
    return tuple(Dump(path=path, readable=ok, lines=tuple(lines)) for path, ok, lines in found)
