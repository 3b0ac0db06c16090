"""The fleet: what many hosts show together, gathered before any rule is asked, under the root `fleet`.

Rules of one host never see another. A fleet rule sees no host, but lists that were gathered from all of them:
each TLS key, say, with the places where it answers. A host that was not seen may hold any key, so its absence
cuts the lists short: what is seen to be wrong still fails, and nothing passes that rests on what nobody saw.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from compliance.model.host import Host
from compliance.model.observation import Seen
from compliance.model.result import FLEET as FLEET
from compliance.model.result import Result
from compliance.policy.evaluate import Subject
from compliance.policy.fleetfacts import ROOT, FleetFacts, SshKey, TlsKey
from compliance.policy.judge import outcomes
from compliance.policy.results import result_of
from compliance.policy.rulebook import RuleBook
from compliance.policy.witness import Witness
from scanners import UNKNOWN, Gap, PartialList, Reason

GATHERED = ("tls", "config")
"""The scanners that the fleet's facts are gathered from."""
K = TypeVar("K")

_MOST_KEYS = 5000
_MOST_PLACES = 100
_MOST_NAMED = 5


def fleet_results(book: RuleBook, witness: Witness) -> Iterator[Result]:
    """What the fleet rules say of what hosts show together."""
    for loaded in book.loaded.values():
        for outcome in outcomes(loaded, witness):
            yield result_of(loaded, witness, outcome)


def fleet_witness(subjects: Sequence[Subject], others: Sequence[Host]) -> Witness:
    """What is known of the fleet: every key with its places; cut short where a host was not seen.

    `others` are the hosts that nobody looked at this time.
    """
    tls = _gather("tls", _tls_places, subjects, others)
    ssh = _gather("config", _ssh_places, subjects, others)
    root = FleetFacts(
        tls_keys=tls.listed(_tls_key),
        ssh_keys=ssh.listed(_ssh_key),
        gaps=(*tls.gap("tls_keys"), *ssh.gap("ssh_keys")),
    )
    times = [*tls.times, *ssh.times]
    return Witness(host=FLEET, root=root, seen_at={ROOT: max(times)} if times else {}, unseen={}, name=ROOT)


class _Place(NamedTuple):
    """One place where a key answers, or lets somebody in."""

    host: Host
    locus: str


_Found = tuple[list[tuple[str, _Place]], bool]
"""Keys with their places on one host, and whether none can have been overlooked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathering:
    """The keys of one kind over all hosts, when they were looked for, and who was not seen whole."""

    found: dict[str, list[_Place]]
    times: list[datetime]
    unseen: list[str]

    @property
    def is_whole(self) -> bool:
        return not self.unseen and len(self.found) <= _MOST_KEYS

    def listed(self, make: "Callable[[str, _Shared], K]") -> tuple[K, ...]:
        """The list that rules read."""
        shown = sorted(self.found.items())[:_MOST_KEYS]
        keys = tuple(make(key, _shared(places, is_whole=not self.unseen)) for key, places in shown)
        return keys if self.is_whole else PartialList(keys)

    def gap(self, path: str) -> tuple[Gap, ...]:
        """Why the list is cut short, if it is."""
        if self.is_whole:
            return ()
        detail = _named(sorted(set(self.unseen))) if self.unseen else f"more than {_MOST_KEYS} keys"
        return (Gap(path=path, reason=Reason.PARTIAL, detail=detail),)


def _gather(
    scanner: str,
    places_of: Callable[[Host, Any], _Found],
    subjects: Sequence[Subject],
    others: Sequence[Host],
) -> _Gathering:
    """What the newest observation of a scanner shows of each host."""
    gathered = _Gathering(found={}, times=[], unseen=[host.name for host in others])
    for subject in subjects:
        looks = [o for o in subject.observations if o.task.scanner == scanner]
        last = max(looks, key=lambda look: look.at, default=None)
        if not isinstance(last, Seen):
            gathered.unseen.append(subject.host.name)
            continue
        gathered.times.append(last.at)
        places, is_whole = places_of(subject.host, last.facts)
        gathered.unseen.extend([] if is_whole else [subject.host.name])
        for key, place in places:
            gathered.found.setdefault(key, []).append(place)
    return gathered


def _tls_places(host: Host, facts: Any) -> _Found:
    endpoints = getattr(facts, "endpoints", UNKNOWN)
    if endpoints is UNKNOWN:
        return [], False
    found: list[tuple[str, _Place]] = []
    is_whole = not isinstance(endpoints, PartialList)
    for endpoint in tuple.__iter__(endpoints):
        key = UNKNOWN if endpoint.certificate is UNKNOWN else endpoint.certificate.spki_sha256
        if key is not UNKNOWN:
            found.append((key, _Place(host, endpoint.locus)))
        elif endpoint.reached is UNKNOWN or endpoint.reached != "not-tls":
            is_whole = False
    return found, is_whole


def _ssh_places(host: Host, facts: Any) -> _Found:
    keys = getattr(facts, "ssh_keys", UNKNOWN)
    if keys is UNKNOWN:
        return [], False
    found = [(key.fingerprint, _Place(host, key.account)) for key in tuple.__iter__(keys)]
    is_cut = any(gap.path == "ssh_keys" for gap in facts.gaps)
    return found, not isinstance(keys, PartialList) and not is_cut


class _Shared(NamedTuple):
    """Where one key is found."""

    places: tuple[str, ...]
    sites: tuple[str, ...]
    zones: tuple[str, ...]


def _shared(places: Sequence[_Place], *, is_whole: bool) -> _Shared:
    return _Shared(
        places=_gathered([f"{place.host.name} {place.locus}" for place in places], is_whole=is_whole),
        sites=_gathered([place.host.site for place in places], is_whole=is_whole),
        zones=_gathered([place.host.zone for place in places], is_whole=is_whole),
    )


def _tls_key(key: str, at: _Shared) -> TlsKey:
    return TlsKey(
        locus=f"tls-key/{key[:16]}", spki_sha256=key, places=at.places, sites=at.sites, zones=at.zones
    )


def _ssh_key(key: str, at: _Shared) -> SshKey:
    locus = f"ssh-key/{key.removeprefix('SHA256:')[:16]}"
    return SshKey(locus=locus, fingerprint=key, places=at.places, sites=at.sites, zones=at.zones)


def _gathered(words: Sequence[str | None], *, is_whole: bool) -> tuple[str, ...]:
    """The words, each once; cut short where one is not declared, or a host may add another."""
    known = tuple(sorted({word for word in words if word is not None}))
    is_whole = is_whole and None not in words and len(known) <= _MOST_PLACES
    return known if is_whole else PartialList(known[:_MOST_PLACES])


def _named(hosts: Sequence[str]) -> str:
    more = f" and {len(hosts) - _MOST_NAMED} more" if len(hosts) > _MOST_NAMED else ""
    return f"not seen whole: {', '.join(hosts[:_MOST_NAMED])}{more}"
