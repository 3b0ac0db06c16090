"""One look at one port: the plan is carried out over the wire, and what it found becomes an endpoint."""

from __future__ import annotations

from functools import partial

from scanners.tls.account import Account, Miss
from scanners.tls.answer import Answer, Ending
from scanners.tls.details import details
from scanners.tls.holes import holes
from scanners.tls.lanes import asked, carry_out, going_on
from scanners.tls.link import Link
from scanners.tls.place import Depth, Place
from scanners.tls.plan import Sweep, stages
from scanners.tls.suites import TLS13
from scanners.tls.talk import Talk
from scanners.tls.value import Value
from scanners.unseen import UNKNOWN, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from scanners.kit.starttls import Dialogue
    from scanners.tls.facts import Reached

PROBES_A_PORT = 24
"""A port may cost as much time as this many probes that are never answered."""

_NOT_THAT = frozenset({Ending.FOREIGN, Ending.CLOSED, Ending.RESET, Ending.GARBLED})
_NO_WEB = frozenset({21, 25, 110, 143, 465, 587, 636, 853, 989, 990, 993, 995, 3269, 5061, 5671, 6514, 8883})
"""Ports of services that are not asked for a web page."""
_REACHED: dict[Ending, tuple[Reached, Reason]] = {
    Ending.FOREIGN: ("not-tls", Reason.UNSUPPORTED),
    Ending.DECLINED: ("not-tls", Reason.UNSUPPORTED),
    Ending.REFUSED: ("refused", Reason.UNREACHABLE),
    Ending.UNREACHABLE: ("silent", Reason.UNREACHABLE),
    Ending.UNANSWERED: ("silent", Reason.TIMED_OUT),
    Ending.SILENT: ("silent", Reason.TIMED_OUT),
    Ending.OVERDUE: ("silent", Reason.TIMED_OUT),
    Ending.SLOW: ("too-slow", Reason.TIMED_OUT),
    Ending.CLOSED: ("reset", Reason.INCONCLUSIVE),
    Ending.RESET: ("reset", Reason.INCONCLUSIVE),
    Ending.GARBLED: ("garbage", Reason.GARBLED),
}


class Look(Value, frozen=True):
    """What one look gave."""

    told: dict[str, Any]
    """The fields of `scanners.tls.facts.Endpoint` by their names."""
    gaps: tuple[Miss, ...] = ()
    took_connection: bool = True
    """Something took the connection; what it said then is another matter."""


def look(place: Place, *, timeout: float, ends: float, at: datetime) -> Look:
    """All that one port shows; `timeout` is for one probe, `ends` on the monotonic clock, `at` now, UTC."""
    link = Link(address=place.address, port=place.port, timeout=timeout, ends=ends)
    protocol = place.upgrade
    talk, found = _swept(place, link, protocol)
    if protocol and not talk.spoke and _ending(talk) in _NOT_THAT:
        protocol = ""
        talk, found = _swept(place, link, protocol)
    elif _ending(talk) is Ending.FOREIGN and (named := _by_greeting(place, link)):
        upgraded, more = _swept(place, link, named)
        if upgraded.spoke or _ending(upgraded) is not Ending.FOREIGN:
            protocol, talk, found = named, upgraded, more
    if not talk.spoke:
        return _unread(place, talk.first or Answer(ending=Ending.OVERDUE), protocol)
    plain = _plaintext(place, link, protocol)
    account = Account(place=place, talk=talk, found=found, at=at, starttls=protocol, plaintext=plain)
    if place.depth is not Depth.HELLOS:
        _look_deeper(account, link)
    ticket = account.sessions.ticket if account.sessions else b""
    _finish(account, link)
    account.holes = holes(talk, link if place.depth is Depth.WHOLE else None, ticket)
    told = account.told(link.connections)
    return Look(told=told, gaps=tuple(account.gaps))


def _swept(place: Place, link: Link, protocol: str) -> tuple[Talk, Sweep]:
    """All hellos to the place, behind an upgrade from a plain-text protocol if one is named."""
    link.upgrade = _upgrade(place, protocol)
    talk, found = Talk(server_name=place.server_name), Sweep()
    plan = stages(talk, found)
    first, *others = next(plan)
    # Alone: it tells who stands there, and how far away.
    answer = asked(next(first), link)
    at_once = place.at_once if answer.speaks_tls else 1
    carry_out((going_on(first, answer), *others), link, at_once)
    for stage in plan:
        carry_out(stage, link, at_once)
    return talk, found


def _upgrade(place: Place, protocol: str) -> Callable[[], Dialogue] | None:
    """The words in plain text that come before TLS; None for none."""
    if not protocol:
        return None
    from scanners.kit.starttls import DIALOGUES  # noqa: PLC0415 - TLS at once need not load it

    return partial(DIALOGUES[protocol], place.name) if protocol in DIALOGUES else None


def _by_greeting(place: Place, link: Link) -> str:
    """The protocol that a service greets in; empty for one that has no upgrade."""
    from scanners.kit.starttls import by_greeting  # noqa: PLC0415 - see above

    return by_greeting(place.port, link.greeting)


def _ending(talk: Talk) -> Ending:
    """How the first answer ended that tells what stands there."""
    return talk.first.ending if talk.first else Ending.OVERDUE


def _plaintext(place: Place, link: Link, protocol: str) -> bool | None:
    """Whether the service goes on without TLS; false where TLS comes at once, None if it does not say."""
    if not protocol:
        return False
    from scanners.kit import plaintext  # noqa: PLC0415 - see above
    from scanners.kit.starttls import Taken  # noqa: PLC0415 - see above

    dialogue = plaintext.DIALOGUES.get(protocol) if place.depth is not Depth.HELLOS else None
    taken = link.talk(dialogue(place.name)) if dialogue else None
    return {Taken.GRANTED: True, Taken.NOT_OFFERED: False}.get(taken) if taken else None


def _look_deeper(account: Account, link: Link) -> None:
    """All that needs more than the sweep; what only lists suites need not load a crypto library."""
    from scanners.tls import newest, session  # noqa: PLC0415 - see above

    place, found = account.place, account.found
    asks_for_page = not account.starttls and place.port not in _NO_WEB

    def newer(lane: Link) -> None:
        if found.versions[TLS13].suites:
            account.newest = newest.newest(place.server_name, lane, found)

    def finished(lane: Link) -> None:
        host = place.name if asks_for_page else ""
        account.sessions = session.sessions(lane, found.accepted, place.server_name, host)

    carry_out((*details(account.talk, found, account.details), newer, finished), link, place.at_once)


def _finish(account: Account, link: Link) -> None:
    """What comes behind a handshake up to TLS 1.2, asked only where that can be and upsets nobody."""
    if all(number == TLS13 for number in account.found.accepted):
        account.renegotiates = account.tells_padding = False
        return
    if account.place.depth is not Depth.WHOLE:
        return
    from scanners.tls import finish  # noqa: PLC0415 - what only lists suites needs no crypto library

    account.renegotiates = finish.renegotiates(account.talk, account.found, link)
    account.tells_padding = finish.tells_padding(account.talk, account.found, link)


def _unread(place: Place, answer: Answer, protocol: str) -> Look:
    """An endpoint that did not speak TLS, or would not say whether it does."""
    reached, reason = _REACHED.get(answer.ending, ("garbage", Reason.GARBLED))
    detail = f"{place.locus}: {answer.in_words()}"
    gap = Miss(path=f"endpoints[{place.locus}]", reason=reason, detail=detail)
    declined = answer.ending is Ending.DECLINED
    return Look(
        told={
            "locus": place.locus,
            "port": place.port,
            "reached": reached,
            "server_name": place.server_name,
            "starttls": protocol if declined else "" if answer.ending is Ending.FOREIGN else UNKNOWN,
            "starttls_offered": False if declined else UNKNOWN,
        },
        gaps=() if reached == "not-tls" else (gap,),
        took_connection=answer.ending not in (Ending.REFUSED, Ending.UNANSWERED, Ending.UNREACHABLE),
    )
