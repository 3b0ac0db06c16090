"""The fleet: what many hosts show together, gathered before any rule is asked, under the root `fleet`.

Rules of one host never see another. A fleet rule sees no host, but lists that were gathered from all of them:
each TLS key, say, with the places where it answers. A host that was not seen may hold any key, so its absence
cuts the lists short: what is seen to be wrong still fails, and nothing passes that rests on what nobody saw.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.host import Host
from compliance.model.observation import Seen
from compliance.model.result import Result
from compliance.policy.evaluate import Subject
from compliance.policy.fleetfacts import ROOT, FleetFacts, TlsKey
from compliance.policy.judge import outcomes
from compliance.policy.results import result_of
from compliance.policy.rulebook import RuleBook
from compliance.policy.witness import Witness
from scanners import UNKNOWN, Gap, PartialList, Reason

FLEET = "(fleet)"
"""Stands for the host in results of the fleet; no host can be called so."""
TLS = "tls"
"""The scanner that the fleet's facts are gathered from."""
_MOST_KEYS = 5000
_MOST_PLACES = 100
_MOST_NAMED = 5


def fleet_results(book: RuleBook, witness: Witness) -> Iterator[Result]:
    """What the fleet rules say of what hosts show together."""
    for loaded in book.loaded.values():
        for outcome in outcomes(loaded, witness):
            yield result_of(loaded, witness, outcome)


def fleet_witness(subjects: Sequence[Subject], others: Sequence[Host]) -> Witness:
    """What is known of the fleet: every TLS key with its places; cut short where a host was not seen.

    `others` are the hosts that nobody looked at this time.
    """
    found: dict[str, list[_Place]] = {}
    unseen = [host.name for host in others]
    times: list[datetime] = []
    for subject in subjects:
        looked, places, is_whole = _places(subject)
        times += [looked] if looked else []
        unseen += [] if is_whole else [subject.host.name]
        for key, place in places:
            found.setdefault(key, []).append(place)
    keys = tuple(_key(key, places, is_whole=not unseen) for key, places in sorted(found.items())[:_MOST_KEYS])
    is_whole = not unseen and len(found) <= _MOST_KEYS
    root = FleetFacts(tls_keys=keys if is_whole else PartialList(keys))
    detail = _named(sorted(set(unseen))) if unseen else f"more than {_MOST_KEYS} keys"
    gap = Gap(path="", reason=Reason.PARTIAL, detail=detail)
    return Witness(
        host=FLEET,
        root=root,
        seen_at={ROOT: max(times)} if times else {},
        unseen={} if is_whole else {ROOT: gap},
        name=ROOT,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One place where a key answers."""

    host: Host
    locus: str


def _places(subject: Subject) -> tuple[datetime | None, list[tuple[str, _Place]], bool]:
    """When TLS was looked at on a host, the keys found there, and whether none can have been overlooked."""
    looks = [o for o in subject.observations if o.task.scanner == TLS]
    last = max(looks, key=lambda look: look.at, default=None)
    endpoints: Any = getattr(last.facts, "endpoints", UNKNOWN) if isinstance(last, Seen) else UNKNOWN
    if last is None or endpoints is UNKNOWN:
        return None, [], False
    found: list[tuple[str, _Place]] = []
    is_whole = not isinstance(endpoints, PartialList)
    for endpoint in tuple.__iter__(endpoints):
        key = UNKNOWN if endpoint.certificate is UNKNOWN else endpoint.certificate.spki_sha256
        if key is not UNKNOWN:
            found.append((key, _Place(host=subject.host, locus=endpoint.locus)))
        elif endpoint.reached is UNKNOWN or endpoint.reached != "not-tls":
            is_whole = False
    return last.at, found, is_whole


def _key(key: str, places: Sequence[_Place], *, is_whole: bool) -> TlsKey:
    return TlsKey(
        locus=f"tls-key/{key[:16]}",
        spki_sha256=key,
        places=_gathered([f"{place.host.name} {place.locus}" for place in places], is_whole=is_whole),
        sites=_gathered([place.host.site for place in places], is_whole=is_whole),
        zones=_gathered([place.host.zone for place in places], is_whole=is_whole),
    )


def _gathered(words: Sequence[str | None], *, is_whole: bool) -> tuple[str, ...]:
    """The words, each once; cut short where one is not declared, or a host may add another."""
    known = tuple(sorted({word for word in words if word is not None}))
    is_whole = is_whole and None not in words and len(known) <= _MOST_PLACES
    return known if is_whole else PartialList(known[:_MOST_PLACES])


def _named(hosts: Sequence[str]) -> str:
    more = f" and {len(hosts) - _MOST_NAMED} more" if len(hosts) > _MOST_NAMED else ""
    return f"not seen whole: {', '.join(hosts[:_MOST_NAMED])}{more}"
