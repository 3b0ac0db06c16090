"""Old holes of one endpoint, asked for with hellos that it took before; each only where it can be."""

import os

from scanners.tls import heard, robot, vulns
from scanners.tls.answer import Answer, Ending
from scanners.tls.hello import RANDOM_BYTES, Hello, encoded
from scanners.tls.link import Link
from scanners.tls.suites import SSL2, TLS13, exchange_of
from scanners.tls.talk import Talk
from scanners.tls.value import Value, replace
from scanners.tls.wire import Flight

_SHORT_SESSION = 16


class Holes(Value, frozen=True):
    """What was found out; None where it could not be."""

    heartbleed: bool | None = False
    ccs_injection: bool | None = False
    robot: bool | None = False
    ticketbleed: bool | None = False


def holes(talk: Talk, link: Link | None, ticket: bytes) -> Holes:
    """All holes of the versions from SSL 3.0 to TLS 1.2; there are none in what has only TLS 1.3.

    Without a link nothing is sent: only what the hellos alone rule out is then known. `ticket` is one that
    the server gave up to TLS 1.2, empty if it gave none.
    """
    older = [(hello, answer) for hello, answer in talk.heard if answer.hello and SSL2 < hello.version < TLS13]
    if not older:
        return Holes()
    older.sort(key=lambda pair: -pair[0].version)
    return Holes(
        heartbleed=_heartbleed(older, link),
        ccs_injection=_early(older[0][0], link),
        robot=_robot(older, link),
        ticketbleed=_ticketbleed(older, link, ticket),
    )


def _heartbleed(older: list[tuple[Hello, Answer]], link: Link | None) -> bool | None:
    """Whether a heartbeat leaks, asked only where heartbeat is echoed."""
    echoing = [hello for hello, answer in older if heard.heartbeat([(hello, answer)])]
    if not echoing:
        return heard.heartbeat(older)
    if link is None:
        return None
    aftermath, ending = _aftermath(echoing[0], vulns.heartbeat_words(echoing[0].version), link)
    return vulns.heartbleeds(aftermath, ending)


def _early(offer: Hello, link: Link | None) -> bool | None:
    """Whether an early change of keys is taken."""
    if link is None:
        return None
    aftermath, ending = _aftermath(offer, vulns.early_change_words(offer.version), link)
    return vulns.changes_early(aftermath, ending)


def _robot(older: list[tuple[Hello, Answer]], link: Link | None) -> bool | None:
    """Whether RSA padding is told apart, asked only where keys are sent by RSA."""
    sent = [pair for pair in older if pair[1].hello and exchange_of(pair[1].hello.suite) == "RSA"]
    if not sent:
        return False
    if link is None:
        return None
    # A server without RSA key transport need not load a crypto library for this.
    from scanners.tls.certificate import rsa_numbers  # noqa: PLC0415 - see above

    hello, answer = sent[0]
    numbers = rsa_numbers(answer.chain[0]) if answer.chain else None
    if numbers is None or answer.hello is None:
        return None
    offer = replace(hello, suites=(answer.hello.suite,))
    first = _answers(offer, numbers, link)
    if first is None or len(set(first)) == 1:
        return None if first is None else False
    # A difference that does not come again was the weather, and says nothing either way.
    return True if _answers(offer, numbers, link) == first else None


def _ticketbleed(older: list[tuple[Hello, Answer]], link: Link | None, ticket: bytes) -> bool | None:
    """Whether a short session identifier beside a ticket comes back longer than it was (CVE-2016-9244)."""
    if not ticket:
        return None if heard.session_tickets(older) is not False else False
    if link is None:
        return None
    offer = replace(older[0][0], session=os.urandom(_SHORT_SESSION), ticket=ticket, extras=True)
    flight = Flight()
    link.ask(encoded(offer, os.urandom(RANDOM_BYTES)), flight)
    if flight.hello is None:
        return None
    back = flight.hello.session
    return len(back) > _SHORT_SESSION and back.startswith(offer.session)


def _answers(offer: Hello, numbers: tuple[int, int], link: Link) -> list[tuple[Ending, int]] | None:
    """How each of the five kinds of padding is answered; None if they are not answered at all."""
    answers: list[tuple[Ending, int]] = []
    for words in robot.exchanges(*numbers, offer.version, os.urandom(numbers[0].bit_length() // 8 + 1)):
        aftermath, ending = _aftermath(offer, words, link)
        if not aftermath.said or ending is Ending.OVERDUE:
            return None
        cut = ending is Ending.RESET  # which of the two a hasty end looks like is chance
        answers.append((Ending.CLOSED if cut else ending, aftermath.alert))
        if answers == [(Ending.SILENT, -1)]:
            return None
    return answers


def _aftermath(offer: Hello, words: bytes, link: Link) -> tuple[vulns.Aftermath, Ending]:
    """Say something after the first flight that an offer brings."""
    aftermath = vulns.Aftermath(words)
    ending, _ = link.ask(encoded(offer, os.urandom(RANDOM_BYTES)), aftermath)
    return aftermath, ending
