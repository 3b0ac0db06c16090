"""The packet filter that is loaded now (nft(8), iptables-save(8)), and its front end."""

import re
from dataclasses import dataclass
from typing import cast

from scanners.config.accepts import accepted
from scanners.config.facts import FilterPolicy, Firewall, FrontEnd, PolicyBackend, Service
from scanners.config.ruleset import blanket, is_stateful, ruleset_digest
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, Sections, dumps

_TYPE = re.compile(r"type (\w+) hook (\w+) .*?(?:policy (\w+);)?$")
_LAST_NFT = re.compile(
    r"(?:counter(?: packets \d+ bytes \d+)? |log\b.*? )*(drop|reject)\b(?: with \S+(?: type)? \S+)?"
    r"(?: comment \".*\")?$"
)
_LAST_IPTABLES = re.compile(r"-A (\S+)(?: -m comment --comment \S+)? -j (DROP|REJECT)\b")
_BUILT_IN = re.compile(r":(INPUT|FORWARD|OUTPUT) (ACCEPT|DROP)")
_FAMILIES = {"ip": ("4",), "ip6": ("6",), "inet": ("4", "6")}
_RANK: dict[FilterPolicy, int] = {"none": 0, "accept": 1, "reject": 2, "drop": 3}
_FRONT_ENDS: tuple[tuple[FrontEnd, tuple[str, ...]], ...] = (
    ("firewalld", ("firewalld",)),
    ("ufw", ("ufw",)),
    ("nftables", ("nftables",)),
    ("iptables-persistent", ("netfilter-persistent", "iptables", "ip6tables")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain that packets enter: for which IP versions, at which hook, and what happens to the unnamed."""

    versions: tuple[str, ...]
    hook: str
    policy: FilterPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """What is loaded: how many rules, and the chains that decide."""

    rules: int
    chains: tuple[Chain, ...]


def firewall(sections: Sections, services: dict[str, Service], gaps: Gaps, *, ipv6: bool) -> Firewall:
    """The packet filter; `ipv6` says whether the host speaks IPv6 at all."""
    loaded = gaps.fact("firewall", lambda: _loaded(sections))
    front = gaps.fact("firewall.front_end", lambda: _front_end(sections, services))
    nowhere: tuple[FrontEnd, bool] = (UNKNOWN, UNKNOWN)
    front_end, at_boot = nowhere if front is UNKNOWN else front
    if loaded is UNKNOWN:
        return Firewall(front_end=front_end, loads_at_boot=at_boot)
    backend, rules, texts = loaded
    return Firewall(
        backend=backend,
        front_end=front_end,
        loads_at_boot=at_boot,
        rules=rules.rules,
        output_policy=policy(rules, "output", ipv6=ipv6),
        accept_all=blanket(texts),
        accepted=accepted(texts, gaps),
        stateful=is_stateful(texts),
        digest=ruleset_digest(texts),
        input_policy=policy(rules, "input", ipv6=ipv6),
        forward_policy=policy(rules, "forward", ipv6=ipv6),
    )


def policy(rules: RuleSet, hook: str, *, ipv6: bool) -> FilterPolicy:
    """What happens to packets that no rule names: the strictest chain, the laxer IP version."""
    verdicts: list[FilterPolicy] = []
    for version in ("4", "6") if ipv6 else ("4",):
        found = [chain.policy for chain in rules.chains if chain.hook == hook and version in chain.versions]
        verdicts.append(max(found, key=_RANK.__getitem__, default="none"))
    if len(set(verdicts)) > 1 and "none" in verdicts:
        return "accept"
    return min(verdicts, key=_RANK.__getitem__)


def parse_nft(text: str) -> RuleSet:
    """The rule set of `nft list ruleset`."""
    rules, family, chain = 0, "", _OpenChain()
    chains: list[Chain] = []
    blocks: list[str] = []
    for line in (raw.strip() for raw in text.splitlines()):
        in_chain = blocks[-1:] == ["chain"]
        if line == "}":
            if in_chain and chain.hook and family in _FAMILIES:
                chains.append(Chain(versions=_FAMILIES[family], hook=chain.hook, policy=chain.verdict))
            blocks = blocks[:-1]
        elif line.endswith("{"):
            words = line.split()
            blocks.append(words[0])
            family = words[1] if words[0] == "table" else family
            chain = _OpenChain()
        elif in_chain and (match := _TYPE.match(line)):
            chain.hook = match[2] if match[1] == "filter" else ""
            chain.policy = "drop" if match[3] == "drop" else "accept"
        elif in_chain and line and not line.startswith(("#", "comment")):
            rules, chain.last = rules + 1, line
    return RuleSet(rules=rules, chains=tuple(chains))


@dataclass(slots=True)
class _OpenChain:
    """A chain while it is read."""

    hook: str = ""
    policy: FilterPolicy = "accept"
    last: str = ""

    @property
    def verdict(self) -> FilterPolicy:
        """What happens at its end: its policy, or a last rule that takes all that is left."""
        end = _LAST_NFT.match(self.last)
        return cast("FilterPolicy", end[1]) if self.policy == "accept" and end else self.policy


def parse_iptables(text: str, version: str) -> RuleSet:
    """The rule set of iptables-save or ip6tables-save; `version` is 4 or 6."""
    rules, table = 0, ""
    open_chains: dict[str, _OpenChain] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif table == "filter" and (match := _BUILT_IN.match(line)):
            is_closed = match[2] == "DROP"
            open_chains[match[1]] = _OpenChain(
                hook=match[1].lower(), policy="drop" if is_closed else "accept"
            )
        elif line.startswith("-A "):
            rules += 1
            if table == "filter" and (chain := open_chains.get(line.split()[1])):
                end = _LAST_IPTABLES.match(line)
                chain.last = end[2].lower() if end else ""
    chains = (Chain(versions=(version,), hook=c.hook, policy=c.verdict) for c in open_chains.values())
    return RuleSet(rules=rules, chains=tuple(chains))


def _loaded(sections: Sections) -> tuple[PolicyBackend, RuleSet, tuple[str, ...]]:
    """What holds the rules, the rules, and their texts; raises `Missing` where no tool can list them."""
    saved = [
        (sections.text(tool), parse_iptables(sections.text(tool), version))
        for tool, version in (("iptables", "4"), ("ip6tables", "6"))
        if sections.has(tool)
    ]
    has_nft = sections.has("nft")
    if not has_nft and not saved:
        raise Missing(Reason.TOOL_MISSING, "neither nft nor iptables is there to list the rules")
    # iptables over nf_tables shows what nft shows as well; the legacy one holds rules of its own
    own = [rules for text, rules in saved if not has_nft or "nf_tables" not in text]
    nft = [parse_nft(sections.text("nft"))] if has_nft else []
    chains = tuple(chain for rules in (*nft, *own) for chain in rules.chains)
    texts = tuple(
        sections.text(tool)
        for tool in ("nft", "iptables", "ip6tables")
        if sections.has(tool) and (tool == "nft" or not has_nft or "nf_tables" not in sections.text(tool))
    )
    total = RuleSet(rules=sum(rules.rules for rules in (*nft, *own)), chains=chains)
    if any(_holds(rules) for rules in nft) or any(
        "nf_tables" in text and _holds(rules) for text, rules in saved
    ):
        return "nftables", total, texts
    return ("iptables" if any(_holds(rules) for rules in own) else "none"), total, texts


def _holds(rules: RuleSet) -> bool:
    return rules.rules > 0 or any(chain.policy != "accept" for chain in rules.chains)


def _front_end(sections: Sections, services: dict[str, Service]) -> tuple[FrontEnd, bool]:
    """The first front end that is enabled, else the first that is there."""
    if services is UNKNOWN:
        raise Missing(Reason.NOT_COLLECTED, "the services are not known")
    there: list[tuple[FrontEnd, bool]] = [
        (name, any(_is_on(services[unit]) for unit in units if unit in services))
        for name, units in _FRONT_ENDS
        if any(unit in services for unit in units)
    ]
    settings = {line for dump in dumps(sections.optional("firewall-files")) for line in dump.lines}
    there = [(name, on and (name != "ufw" or "ENABLED=yes" in settings)) for name, on in there]
    return next((pair for pair in there if pair[1]), there[0] if there else ("none", False))


def _is_on(service: Service) -> bool:
    return service.enabled is not UNKNOWN and service.enabled
