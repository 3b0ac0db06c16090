"""What a search is told: where, how far, what is declared; and the script that it becomes."""

import re
import secrets
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from shlex import quote
from typing import Any

from scanners import Folder as Folder

ROOTS = (
    "/var/log",
    "/var/lib",
    "/var/spool",
    "/var/backups",
    "/var/www",
    "/var/tmp",  # noqa: S108 (a folder to search, not one to write to)
    "/home",
    "/root",
    "/srv",
    "/opt",
    "/tmp",  # noqa: S108 (a folder to search, not one to write to)
)
_UNPACKED = 256 * 1024 * 1024
_DIGITS_BEFORE_CHECK = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How far a search goes."""

    roots: tuple[str, ...] = ROOTS
    megabytes: int = 2048
    """Most bytes that one scan reads of a host."""
    files: int = 200_000
    seconds: int = 240
    """Most seconds of one scan; the scan's own deadline may be shorter."""
    folders: tuple[Folder, ...] = ()
    canary: tuple[str, ...] = ()
    """Files with a published test number that were planted; where one is not found, nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a search goes on: at this byte of this file, or behind the file for -1."""

    path: str = ""
    offset: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Lines made up for one scan, and what the search must say of them."""

    text: str
    answer: str


def new_probe() -> Probe:
    """A card number, one with a wrong check digit, a part of a longer one and a test number."""
    body = "453957" + "".join(secrets.choice("0123456789") for _ in range(_DIGITS_BEFORE_CHECK - 6))
    number = body + _check_digit(body)
    wrong = body + str((int(number[-1]) + 1) % 10)
    grouped = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    text = f"paid by {grouped} today\nid {wrong}\nid 99{number}00\n4111111111111111\n"
    masks = (f"{number[:6]}******{number[-4:]}", "411111******1111")
    counts = (1, 1, 0, 0, 0, 2, 0, 0, 0, 0)
    return Probe(text=text, answer="\t".join((*map(str, counts), "visa,test", ",".join(masks))))


def search_script(plan: Plan, cursor: Cursor, probe: Probe, *, marker: str, seconds: int) -> bytes:
    """The search as one script: its words, quoted, then search.sh."""
    known = knowledge()
    words: dict[str, object] = {
        "M": marker,
        "FROM": cursor.path,
        "OFFSET": cursor.offset,
        "FILES": plan.files,
        "BYTES": plan.megabytes * 1024 * 1024,
        "LISTING": max(5, seconds // 2),
        "UNPACKED": _UNPACKED,
        "PROBE": probe.text,
        "PATTERN": _pattern(known),
        "RANGES": ";".join(_range(each) for each in known["range"]),
        "TESTS": " ".join(known["tests"]),
        "PLATES": f"[?&]({'|'.join(known['plates'])})=[^& ]",
        "COLUMNS": f"(^|[^a-z])({'|'.join(known['plates'])})([^a-z]|$)",
        **{
            name.upper(): rf"[.]({'|'.join(known[name])})$"
            for name in ("images", "media", "closed", "packed")
        },
        "DUMPS": rf"[.]({'|'.join(known['dumps']).replace('.', '[.]')})$",
        "SECRETS": rf"^({'|'.join(known['secrets']).replace('.', '[.]')})$",
    }
    lines = [f"{name}={quote(str(value))}" for name, value in words.items()]
    lines.append(f"UNTIL=$(($(date +%s) + {seconds}))")
    lines.append(_function("roots", [f"echo {quote(root)}" for root in plan.roots]))
    lines.append(_function("canaries", [f"echo {quote('0:0:0:' + path)}" for path in plan.canary]))
    stores = enumerate(plan.folders)
    lines.append(
        _function(
            "stores",
            [f"store {n} {quote(f.path)} {quote('' if f.days is None else str(f.days))}" for n, f in stores],
        )
    )
    return ("\n".join(lines) + "\n").encode() + files("scanners.discovery").joinpath("search.sh").read_bytes()


@cache
def knowledge() -> dict[str, Any]:
    """Issuer ranges, test numbers, words and kinds of files."""
    return tomllib.loads(files("scanners.discovery").joinpath("cards.toml").read_text(encoding="utf-8"))


def _function(name: str, commands: list[str]) -> str:
    return f"{name}() {{\n" + "\n".join(commands or ["true"]) + "\n}"


def _range(each: dict[str, Any]) -> str:
    lengths = ",".join(map(str, each["long"]))
    return f"{each['scheme']} {each['first']} {each['last']} {lengths} {'weak' if each.get('weak') else '-'}"


def _pattern(known: dict[str, Any]) -> str:
    """What grep looks for: a line without any of it is not looked at again (ERE)."""
    plates = "|".join(_any_case(word) for word in known["plates"])
    return "|".join(
        (
            "(^|[^0-9])[2-6]([ -]?[0-9]){12}",  # no issuer range begins otherwise; clocks count from 17...
            "([Cc][Vv][Vv]|[Cc][Vv][Cc]|[Cc][Aa][Vv])[A-Za-z0-9_]{0,8}[^A-Za-z0-9]{1,8}[0-9]{3}",
            "[Pp][Ii][Nn][ _-]?[Bb][Ll][Oo][Cc][Kk]",
            "PRIVATE KEY-----",
            f"[?&]({plates})=",
            "[?&][A-Za-z0-9_.~-]+=[A-Za-z0-9_.%+-]+(@|%40)[A-Za-z0-9.-]+[.][A-Za-z]{2}",
        )
    )


def _any_case(word: str) -> str:
    return re.sub("[a-z]", lambda letter: f"[{letter[0].upper()}{letter[0]}]", word)


def _check_digit(body: str) -> str:
    """The digit that makes it sound (ISO/IEC 7812-1)."""
    doubled = (int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)  # noqa: PLR2004 (two digits)
