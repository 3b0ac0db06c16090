"""Several questions at once to one port that is far away; in turn where it is near or bears no more.

A plan waits two round trips for each answer, so what does not depend on each other is asked side by side:
as many connections as the pace allows, and one at a time from the first that is cut or stays silent. Such an
answer is asked for again alone, so a port that bears one connection only is never taken to refuse anything.
"""

from __future__ import annotations

import os

from scanners.tls.answer import Answer, Ending, answer_from
from scanners.tls.hello import RANDOM_BYTES, Hello, encoded
from scanners.tls.link import Link
from scanners.tls.ssl2 import Ssl2Flight
from scanners.tls.suites import SSL2
from scanners.tls.wire import Flight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scanners.tls.plan import Steps

    Job = Steps | Callable[[Link], None]
    """A plan, or a function that asks over the link that it is given."""

_TOLD = frozenset({Ending.DONE, Ending.FOREIGN, Ending.DECLINED, Ending.OVERDUE})
"""Endings that are not for want of room."""


def carry_out(jobs: Sequence[Job], link: Link, at_once: int) -> None:
    """Do all jobs: side by side if the port is far away and `at_once` connections may be open."""
    if min(at_once, len(jobs)) > 1 and link.is_far and not link.crowded:
        from scanners.tls.abreast import carry_out_abreast  # noqa: PLC0415 - most ports need no threads

        carry_out_abreast(jobs, link, at_once)
        return
    for job in jobs:
        if callable(job):
            job(link)
        else:
            _follow(job, link)


def going_on(steps: Steps, answer: Answer) -> Steps:
    """The rest of a plan whose first answer is here."""
    try:
        while True:
            answer = yield steps.send(answer)
    except StopIteration:
        return


def asked(offer: Hello, link: Link) -> Answer:
    """The answer to one hello."""
    reader = Ssl2Flight() if offer.version == SSL2 else Flight()
    ending, detail = link.ask(encoded(offer, os.urandom(RANDOM_BYTES)), reader)
    return answer_from(ending, detail, reader)


def is_cut(answer: Answer) -> bool:
    """Whether an answer may be missing because other connections were open."""
    return answer.ending not in _TOLD and not answer.speaks_tls


def _follow(steps: Steps, link: Link) -> None:
    """Send each hello that the plan asks for, and send back the answer."""
    try:
        offer = next(steps)
        while True:
            offer = steps.send(asked(offer, link))
    except StopIteration:
        return
