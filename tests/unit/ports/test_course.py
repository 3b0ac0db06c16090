"""How one host is asked: order, patience, tries and pace, without a socket or a clock."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.ports.course import Course, Manner, Question, State, strided

MANNER = Manner(rate=100, at_once=1000)


def course(ports, **changes) -> Course:
    manner = Manner(rate=100, at_once=1000, **changes) if changes else MANNER
    return Course("192.0.2.1", ports, manner)


def asked(of: Course) -> list[Question]:
    """Every question that can be asked now."""
    questions = []
    while (question := of.take()) is not None:
        questions.append(question)
    return questions


@given(st.sets(st.integers(1, 65535), max_size=300))
@settings(max_examples=50)
def test_a_leaping_order_has_every_port_once(ports):
    assert sorted(strided(sorted(ports))) == sorted(ports)


def test_every_port_is_asked_once_before_any_is_asked_again():
    host = course(range(1, 11))
    first = asked(host)
    for question in first:
        host.unanswered(question)
    assert sorted(question.port for question in first) == list(range(1, 11))
    assert {question.attempt for question in asked(host)} == {2}


def test_a_port_is_silent_only_after_every_try():
    host = course([80], tries=3)
    for attempt in (1, 2, 3):
        (question,) = asked(host)
        assert (question.attempt, host.states[80]) == (attempt, State.UNDECIDED)
        host.unanswered(question)
    assert asked(host) == []
    assert (host.states[80], host.is_done) == (State.SILENT, True)


def test_a_handful_of_silent_ports_among_answers_is_asked_more_often():
    host = course([1, 2], tries=3)
    tries = 0
    while not host.is_done:
        for question in asked(host):
            if question.port == 1:
                host.answered(question, State.CLOSED, 0.04)
            else:
                tries += 1
                host.unanswered(question)
    assert tries == 5


def test_a_port_that_was_not_asked_to_the_end_stays_undecided():
    host = course([1, 2, 3])
    question = host.take()
    assert question is not None
    host.answered(question, State.OPEN, 0.01)
    assert not host.is_done
    assert sorted(host.states[port] for port in (1, 2, 3)) == [State.UNDECIDED, State.UNDECIDED, State.OPEN]


@pytest.mark.parametrize(
    ("seconds", "least", "most"), [(0.0002, 0.15, 0.15), (0.04, 0.2, 0.3), (30.0, 2.0, 2.0)]
)
def test_the_wait_follows_the_round_trip_within_bounds(seconds, least, most):
    host = course(range(1, 101))
    assert host.wait == MANNER.first_wait
    for question in asked(host):
        host.answered(question, State.CLOSED, seconds)
    assert least <= host.wait <= most


def test_the_rate_is_halved_when_answers_fade_and_recovers_when_they_return():
    host = course(range(1, 1000))
    rates = []
    for index, question in enumerate(asked(host)):
        if 320 <= index < 448:
            host.unanswered(question)
        else:
            host.answered(question, State.CLOSED, 0.01)
        rates.append(host.rate)
    assert rates[319] == 100
    assert rates[447] == 25
    assert rates[-1] == 100


def test_a_firewall_that_drops_nearly_all_does_not_slow_the_look():
    host = course(range(1, 2000))
    for index, question in enumerate(asked(host)):
        if index % 100 == 0:
            host.answered(question, State.OPEN, 0.01)
        else:
            host.unanswered(question)
    assert host.rate == 100


def test_what_is_known_is_not_asked_again():
    known = bytearray(65536)
    known[22], known[23] = State.OPEN, State.CLOSED
    host = Course("192.0.2.1", [22, 23, 24], MANNER, known=bytes(known))
    assert [question.port for question in asked(host)] == [24]


@given(st.lists(st.sampled_from(["open", "closed", "silent"]), max_size=400), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_whatever_answers_come_every_port_is_decided_and_work_is_bounded(fates, count):
    host = course(range(1, count + 1))
    pending, turns = iter(fates), 0
    while not host.is_done:
        for question in asked(host):
            turns += 1
            fate = next(pending, "silent")
            if fate == "silent":
                host.unanswered(question)
            else:
                host.answered(question, State.OPEN if fate == "open" else State.CLOSED, 0.01)
    assert host.waiting == 0
    assert turns <= count * (len(fates) + 6)
    assert State.UNDECIDED not in {host.states[port] for port in host.wanted}
