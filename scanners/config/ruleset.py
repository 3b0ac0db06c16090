"""What a packet filter's rules show as a whole: blanket rules, a digest, whether they keep state."""

import hashlib
import re

_HOOK = re.compile(r"type filter hook (input|forward)\b")
_NFT_ALL = re.compile(r"(?:counter(?: packets \d+ bytes \d+)? )?accept(?: comment \".*\")?$")
_TABLES_ALL = re.compile(
    r"-A (?:INPUT|FORWARD)(?: -m comment --comment (?:\"[^\"]*\"|\S+))? -j ACCEPT$", re.MULTILINE
)
_COUNTERS = re.compile(r" ?\bpackets \d+ bytes \d+|^\[\d+:\d+\] | \[\d+:\d+\]$| expires \w+", re.MULTILINE)
_COMMENTS = re.compile(r"^#.*\n?|[ \t]+$", re.MULTILINE)
_STATE = re.compile(r"(?:ct state|--ctstate|--state)[^\n]*established", re.IGNORECASE)


def blanket(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Rules of nft or iptables-save that accept every packet where inbound or forwarded ones come first."""
    found: list[str] = []
    for text in texts:
        found += _TABLES_ALL.findall(text)
        found += _nft(text)
    return tuple(found)


def ruleset_digest(texts: tuple[str, ...]) -> str:
    """SHA-256 of the rules, hexadecimal, without counters, ages and comments of the tool."""
    plain = (_COMMENTS.sub("", _COUNTERS.sub("", text)).strip() for text in texts)
    return hashlib.sha256("\n".join(plain).encode()).hexdigest()


def is_stateful(texts: tuple[str, ...]) -> bool:
    """Whether a rule lets established connections through as such."""
    return any(_STATE.search(text) for text in texts)


def _nft(text: str) -> list[str]:
    """Such rules in base chains of nft; what a chain that they jump to accepts is not looked for."""
    found: list[str] = []
    chain, inside = "", False
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("chain ") and line.endswith("{"):
            chain, inside = line.split()[1], False
        elif line == "}":
            inside = False
        elif _HOOK.match(line):
            inside = True
        elif inside and _NFT_ALL.match(line):
            found.append(f"{chain}: {line}")
    return found
