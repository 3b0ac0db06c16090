"""What is of no single host: what is declared of the estate, and what hosts show together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from compliance.model.result import ESTATE, FLEET, Result, Verdict
from compliance.model.scan import Scan
from compliance.report.tally import NOT_SEEN, Tally, tally

_REGISTER = "register-"
_NOT_KEPT = ".entries is not known"
"""What a register's rule says where the inventory has no such register at all."""
_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """A section of results that are of no single host; `host` is what stands for it in them."""

    id: str
    host: str
    title: str
    lead: str
    checks: Tally
    empty: str
    """What to say, and to type, where there is no result."""


_NO_INVENTORY = "No inventory is in force, so nothing is declared: compliance hosts import inventory.yaml"
_NO_ESTATE = "This scan was kept without results about what is declared."
_NO_FLEET = "Hosts are compared where a scan looks at two or more of them: compliance scan --all"


def apart(scan: Scan) -> tuple[Apart, ...]:
    """The two sections, each with its counts."""
    of: dict[str, list[Result]] = {ESTATE: [], FLEET: []}
    for result in scan.results:
        if result.host in of:
            of[result.host].append(result)
    has_inventory = scan.judgement is not None and bool(scan.judgement.inventory)
    return (
        Apart(
            id="declared",
            host=ESTATE,
            title="What is declared",
            lead="Judged by the inventory: registers, terminals, stores of data, vendors, recovery.",
            checks=tally(of[ESTATE]),
            empty=_NO_ESTATE if has_inventory else _NO_INVENTORY,
        ),
        Apart(
            id="together",
            host=FLEET,
            title="What hosts show together",
            lead="Judged across hosts: keys, certificates and logins that stand in more than one place.",
            checks=tally(of[FLEET]),
            empty=_NO_FLEET,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Undecided places of one rule of the estate as one: how many, and what is missing."""

    where: str
    why: str


def merged(results: Sequence[Result]) -> Mapping[str, Merged]:
    """By rule, for what is undecided of no single host at several places: the line that stands for them."""
    places: dict[str, list[Result]] = {}
    for result in results:
        if (
            result.host in (ESTATE, FLEET)
            and result.verdict in NOT_SEEN
            and result.verdict is not Verdict.ERROR
        ):
            places.setdefault(result.rule, []).append(result)
    return {rule: _merged(rule, found) for rule, found in places.items() if len(found) > 1}


def _merged(rule: str, found: Sequence[Result]) -> Merged:
    names = [result.key for result in found]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    listed = ", ".join(names[:_NAMED]) + more
    if found[0].host == FLEET:
        return Merged(where=f"{len(names)} places", why=f"{found[0].message}; and {len(names) - 1} more")
    if not rule.startswith(_REGISTER) or not all(each.message.endswith(_NOT_KEPT) for each in found):
        return Merged(where=f"{len(names)} places", why=f"not declared of {listed}")
    kind = rule.removeprefix(_REGISTER).replace("-", "_")
    return Merged(where=f"{len(names)} controls", why=f"the inventory keeps no registers.{kind}")
