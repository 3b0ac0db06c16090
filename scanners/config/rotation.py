"""How long log files are kept, from logrotate(8)'s own files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanners.config.systemfacts import Rotation
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Dump, Missing, dumps

_PERIODS = {"hourly": 1 / 24, "daily": 1.0, "weekly": 7.0, "monthly": 365 / 12, "yearly": 365.0}
_SECURITY = re.compile(r"/var/log/(?:auth\.log|secure|syslog|messages|audit/|\*)")
_SCRIPTS = ("postrotate", "prerotate", "firstaction", "lastaction", "preremove")
_MAIN = "/etc/logrotate.conf"


@dataclass(slots=True)
class _Settings:
    """What holds for some log files."""

    period: float | None = None
    rotate: int = 0
    max_age: int | None = None
    by_size: bool = False

    def read(self, words: list[str]) -> None:
        """Take one directive; those that say nothing of time are passed over."""
        if words[0] in _PERIODS:
            self.period, self.by_size = _PERIODS[words[0]], False
        elif words[0] == "rotate":
            self.rotate = int(words[1])
        elif words[0] == "maxage":
            self.max_age = int(words[1])
        elif words[0] == "size":
            self.by_size = True

    @property
    def days(self) -> int:
        """Days until deletion; UNKNOWN where files turn by size, for nobody knows how fast they grow."""
        unknown: int = UNKNOWN
        if self.rotate == 0:
            return 0
        if self.by_size or self.period is None:
            return unknown
        kept = round(self.rotate * self.period) if self.rotate > 0 else 365_000
        return kept if self.max_age is None else min(kept, self.max_age)


@dataclass(slots=True)
class _Block:
    """Some log files and what holds for them."""

    settings: _Settings
    paths: list[str] = field(default_factory=list)


def rotations(text: str) -> tuple[Rotation, ...]:
    """What the files set, the main file's settings below those of each block; raises `Missing` if hidden."""
    files = dumps(text)
    hidden = next((dump.path for dump in files if not dump.readable), None)
    if hidden:
        raise Missing(Reason.NOT_PERMITTED, f"{hidden} is not readable")
    main = next((dump for dump in files if dump.path == _MAIN), None)
    base = _Settings()
    own = list(_blocks(main, base)) if main else []
    found: list[Rotation] = []
    for dump in files:
        blocks = own if dump is main else list(_blocks(dump, base))
        name = dump.path.rpartition("/")[2]
        found += [_rotation(name, number, block) for number, block in enumerate(blocks, 1)]
    return tuple(found)


def log_folders(found: tuple[Rotation, ...]) -> tuple[str, ...]:
    """Folders of the logs that rotate, and /var/log, without those that stand in another; or `Missing`."""
    if found is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "which logs rotate is not known")
    folders = {_folder(path) for each in found for path in each.paths} | {"/var/log"}
    return tuple(sorted(one for one in folders if not any(one.startswith(f"{up}/") for up in folders)))


def _folder(path: str) -> str:
    """The folder of a log, or the one above the first wildcard in its name."""
    return re.split(r"[*?\[{]", path, maxsplit=1)[0].rpartition("/")[0] or "/"


def _rotation(name: str, number: int, block: _Block) -> Rotation:
    return Rotation(
        locus=f"rotation/{name}/{number}",
        paths=tuple(block.paths),
        security=any(_SECURITY.match(path) for path in block.paths),
        days=block.settings.days,
    )


def _blocks(dump: Dump, base: _Settings) -> Iterator[_Block]:
    """The blocks of a file; settings outside of them go into `base`."""
    block: _Block | None = None
    paths: list[str] = []
    script = False
    for line in (raw.strip() for raw in dump.lines):
        if script:
            script = line != "endscript"
        elif line.startswith(_SCRIPTS):
            script = True
        elif line.startswith(("/", '"', "'", "{")):
            paths += [word.strip("\"'") for word in line.rstrip("{").split()]
            if line.endswith("{"):
                copy = _Settings(base.period, base.rotate, base.max_age, base.by_size)
                block, paths = _Block(settings=copy, paths=paths), []
        elif line == "}" and block:
            yield block
            block = None
        elif line and line != "}":
            (block.settings if block else base).read(line.replace("=", " ").split())
