"""Which ports the rules of a packet filter accept, followed through the chains they jump to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scanners.config.networkfacts import Accepted
from scanners.facts import PartialList, Reason
from scanners.kit.collector import Gaps

Hook = Literal["input", "forward"]
Chains = Mapping[str, Sequence[str]]

_DEEPEST = 8
_MOST_RULES = 5000
_WIDEST = 64
_LONGEST = 300
_NFT_HOOK = re.compile(r"type filter hook (input|forward)\b")
_NFT_JUMP = re.compile(r"\b(?:jump|goto) (\S+)")
_NFT_ACCEPT = re.compile(r"\baccept(?: comment \".*\")?$")
_NFT_PORTS = re.compile(r"\b(tcp|udp|th) dport (\{[^}]*\}|\S+)")
_NFT_PROTOCOLS = re.compile(r"\bl4proto (\{[^}]*\}|\S+)")
_TABLES_JUMP = re.compile(r" -[jg] (\S+)")
_TABLES_PORTS = re.compile(r" --dports? (\S+)")
_TABLES_PROTOCOL = re.compile(r" -p (\S+)")
_WANTED = re.compile(
    r"established|icmp|igmp|\biif(?:name)? \"?lo\"?(?: |$)| -i lo(?: |$)|\bct (?:state|status) .*dnat",
    re.IGNORECASE,
)
"""Replies, messages of the network itself and the machine's own traffic: no service is let in by them."""
_UNREAD = re.compile(r"dport (?:@|vmap|!=)|vmap|! --dport")
"""Ports that stand in a set or a map, or that are all but some: the rule alone does not tell them."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule that accepts, with the rules behind it that lead there."""

    hook: Hook
    text: str


def accepted(texts: Sequence[str], gaps: Gaps) -> tuple[Accepted, ...]:
    """The ports that rules of nft or iptables-save accept; a partial list where some cannot be read."""
    found: dict[str, Accepted] = {}
    unread = ""
    for rule in _rules(texts):
        if _UNREAD.search(rule.text):
            unread = unread or rule.text
            continue
        if _WANTED.search(rule.text):
            continue
        for port in _ports(rule.text):
            one = Accepted(
                locus=f"accepts/{rule.hook}/{port}",
                hook=rule.hook,
                port=port,
                rule=rule.text.strip()[:_LONGEST],
            )
            found.setdefault(one.locus, one)
    listed = tuple(found[locus] for locus in sorted(found))
    if unread:
        gaps.add("firewall.accepted", Reason.PARTIAL, f"ports by a set or a map: {unread}"[:200])
        return PartialList(listed)
    return listed


def _rules(texts: Sequence[str]) -> Iterator[_Rule]:
    for text in texts:
        saved = "\n-A " in f"\n{text}"
        chains, hooks = _saved(text) if saved else _nft(text)
        jump = _TABLES_JUMP if saved else _NFT_JUMP
        for chain, hook in hooks:
            yield from _walk(chains, chain, hook, jump, ("",))


def _walk(
    chains: Chains, chain: str, hook: Hook, jump: re.Pattern[str], behind: tuple[str, ...]
) -> Iterator[_Rule]:
    """Rules that accept in a chain and in those that it jumps to; each with the conditions on the way."""
    if len(behind) > _DEEPEST:
        return
    for line in list(chains.get(chain, ()))[:_MOST_RULES]:
        text = " ".join(("", *" ".join((*behind, line)).split()))
        match = jump.search(line)
        if match and chain_key(chain, match[1]) in chains:
            yield from _walk(chains, chain_key(chain, match[1]), hook, jump, (*behind, line[: match.start()]))
        elif _NFT_ACCEPT.search(line) or (match and match[1] == "ACCEPT") or "vmap" in line:
            yield _Rule(hook, text)


def chain_key(here: str, name: str) -> str:
    """The full name of a chain that is named from another chain of its table."""
    return f"{here.rpartition(' ')[0]} {name}"


def _nft(text: str) -> tuple[Chains, list[tuple[str, Hook]]]:
    """Chains by `FAMILY TABLE CHAIN`, and those where packets come first."""
    chains: dict[str, list[str]] = {}
    hooks: list[tuple[str, Hook]] = []
    table = chain = ""
    for line in (raw.strip() for raw in text.splitlines()):
        words = line.split()
        if line.startswith("table ") and line.endswith("{"):
            table = " ".join(words[1:-1])
        elif line.startswith("chain ") and line.endswith("{"):
            chain = f"{table} {words[1]}"
            chains[chain] = []
        elif line == "}":
            chain = ""
        elif chain and (match := _NFT_HOOK.match(line)):
            hooks.append((chain, "input" if match[1] == "input" else "forward"))
        elif chain and line:
            chains[chain].append(line)
    return chains, hooks


def _saved(text: str) -> tuple[Chains, list[tuple[str, Hook]]]:
    """Chains of the table filter by ` CHAIN`, and the two where packets come first."""
    chains: dict[str, list[str]] = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif table == "filter" and line.startswith(":"):
            chains[f" {line[1:].split()[0]}"] = []
        elif table == "filter" and line.startswith("-A "):
            _, chain, rest = line.split(" ", 2)
            chains.setdefault(f" {chain}", []).append(f" {rest}")
    return chains, [(" INPUT", "input"), (" FORWARD", "forward")]


def _ports(text: str) -> Iterator[str]:
    """`tcp/443` and the like of one rule; `any` where it names no port."""
    named = [(match[1], match[2]) for match in _NFT_PORTS.finditer(text)]
    protocols = _NFT_PROTOCOLS.search(text)
    if not named and (ports := _TABLES_PORTS.search(text)):
        protocol = _TABLES_PROTOCOL.search(text)
        named = [(protocol[1] if protocol else "th", ports[1])]
    if not named:
        yield "any"
        return
    for protocol_name, ports_text in named:
        both = _listed(protocols[1]) if protocols else ["tcp", "udp"]
        for protocol_word in both if protocol_name == "th" else [protocol_name]:
            for word in _listed(ports_text):
                yield from _spread(protocol_word, word)


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.strip("{} ").split(",") if word.strip()]


def _spread(protocol: str, word: str) -> Iterator[str]:
    """A range as single ports, unless it is a wide one."""
    first, _, last = word.replace(":", "-").partition("-")
    if not last:
        yield f"{protocol}/{word}"
    elif first.isdecimal() and last.isdecimal() and 0 <= int(last) - int(first) < _WIDEST:
        yield from (f"{protocol}/{port}" for port in range(int(first), int(last) + 1))
    else:
        yield f"{protocol}/{first}-{last}"
