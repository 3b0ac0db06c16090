"""The plan against a server made of a table: what it finds is what the table says, with few probes."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.tls.answer import Answer, Ending, Verdict
from scanners.tls.groups import NAMES
from scanners.tls.plan import Sweep, stages
from scanners.tls.suites import FALLBACK_SCSV, SSL2, SSL3, TLS10, TLS11, TLS12, TLS13, offered
from scanners.tls.talk import Talk
from scanners.tls.wire import ServerHello

REFUSED = Answer(ending=Ending.DONE, alert=40)
WRONG_VERSION = Answer(ending=Ending.DONE, alert=70)
SILENT = Answer(ending=Ending.SILENT, detail="stayed silent")
RESET = Answer(ending=Ending.RESET, detail="reset the connection")
OLDER = (SSL3, TLS10, TLS11, TLS12)


@dataclass
class TableServer:
    """Takes what its table says, and stumbles where it is told to."""

    suites: dict[int, list[int]]
    groups: list[int] = field(default_factory=lambda: [29, 23])
    own_order: bool = True
    stumbles: object = staticmethod(lambda hello: None)
    refusal: Answer = REFUSED
    wrong_version: Answer = WRONG_VERSION
    asked: list = field(default_factory=list)

    def answer(self, hello):
        self.asked.append(hello)
        if stumble := self.stumbles(hello):
            return stumble
        accepted = self.suites.get(hello.version, [])
        if hello.version == SSL2:
            kinds = tuple(kind for kind in hello.suites if kind in accepted)
            return Answer(ending=Ending.DONE, kinds=kinds) if kinds else self.wrong_version
        if not accepted:
            return self.wrong_version
        if FALLBACK_SCSV in hello.suites and max(self.suites) > hello.version:
            return Answer(ending=Ending.DONE, alert=86)
        suite = self._chosen(accepted, hello.suites)
        group = self._chosen(self.groups, hello.groups) if hello.version == TLS13 else 0
        if suite is None or group is None:
            return self.refusal
        chosen = ServerHello(version=hello.version, suite=suite, group=group, is_retry=hello.version == TLS13)
        return Answer(ending=Ending.DONE, hello=chosen)

    def _chosen(self, mine, theirs):
        first, second = (mine, theirs) if self.own_order else (theirs, mine)
        return next((one for one in first if one in second), None)


def swept(server, name=""):
    talk, found = Talk(server_name=name), Sweep()
    for stage in stages(talk, found):
        for steps in stage:
            run(steps, server)
    return talk, found


def run(steps, server):
    try:
        hello = next(steps)
        while len(server.asked) < 2000:
            hello = steps.send(server.answer(hello))
    except StopIteration:
        return
    raise AssertionError("the plan does not end")


def some(version, most=40):
    return st.lists(st.sampled_from(offered(version)), unique=True, max_size=most)


tables = st.fixed_dictionaries({}, optional={version: some(version) for version in OLDER})
newest = st.lists(st.sampled_from(offered(TLS13)), unique=True, max_size=8)
groups = st.lists(st.sampled_from(sorted(NAMES)), unique=True, min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(tables, newest, groups, st.booleans())
def test_what_is_found_is_what_the_table_says(older, tls13, accepted_groups, own_order):
    table = {version: suites for version, suites in {**older, TLS13: tls13}.items() if suites}
    server = TableServer(table, groups=accepted_groups, own_order=own_order)
    talk, found = swept(server)
    for version in (*OLDER, TLS13):
        assert set(found.versions[version].suites) == set(table.get(version, []))
    if table:
        assert talk.spoke
        assert all(version.complete for version in found.versions.values())
    assert set(found.groups) == (set(accepted_groups) if tls13 else set())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(OLDER), st.data())
def test_a_version_costs_one_probe_more_than_it_has_suites(version, data):
    suites = data.draw(some(version, most=60).filter(bool))
    server = TableServer({version: suites})
    _, found = swept(server)
    asked = [hello for hello in server.asked if hello.version == version]
    last_is_order = 1
    assert len(asked) <= len(suites) + 1 + last_is_order
    assert found.versions[version].suites == suites


@settings(max_examples=60, deadline=None)
@given(newest.filter(bool), groups)
def test_suites_and_groups_of_tls13_shrink_together(suites, accepted_groups):
    server = TableServer({TLS13: suites}, groups=accepted_groups)
    _, found = swept(server)
    asked = [hello for hello in server.asked if hello.version == TLS13]
    last_is_order = 1
    assert len(asked) <= max(len(suites), len(accepted_groups)) + 3 + last_is_order
    assert (found.versions[TLS13].suites, found.groups) == (suites, accepted_groups)
    assert found.groups_complete


def test_the_offer_of_curves_is_never_shortened_up_to_tls12():
    server = TableServer({TLS12: list(offered(TLS12)[:30])})
    swept(server)
    assert len({frozenset(hello.groups) for hello in server.asked if hello.version == TLS12}) == 1


@pytest.mark.parametrize("own_order", [True, False])
def test_who_decides_is_found_out(own_order):
    server = TableServer({TLS12: [0x009C, 0x002F, 0xC02F]}, own_order=own_order)
    assert swept(server)[1].server_order is own_order


def test_one_suite_alone_leaves_no_choice_to_the_client():
    assert swept(TableServer({TLS12: [0xC02F]}))[1].server_order is True


def test_a_server_that_ignores_the_fallback_mark_is_found_out():
    server = TableServer({TLS10: [0x2F], TLS12: [0x9C]})
    assert swept(server)[1].fallback_scsv is True
    server.stumbles = lambda hello: (
        Answer(ending=Ending.DONE, hello=ServerHello(version=hello.version, suite=0x2F))
        if FALLBACK_SCSV in hello.suites
        else None
    )
    assert swept(server)[1].fallback_scsv is False


def test_ssl2_kinds_are_listed():
    server = TableServer({SSL2: [0x010080, 0x0700C0], TLS10: [0x2F]})
    assert set(swept(server)[1].versions[SSL2].suites) == {0x010080, 0x0700C0}


@pytest.mark.parametrize("alert", [47, 50, 112, 10])
def test_an_unclear_alert_is_never_a_refusal(alert):
    unclear = Answer(ending=Ending.DONE, alert=alert)
    server = TableServer(
        {TLS12: [0xC02F]}, stumbles=lambda hello: unclear if hello.version == TLS10 else None
    )
    _, found = swept(server)
    assert found.versions[TLS10].verdict is Verdict.OPEN
    assert not found.versions[TLS10].complete
    assert found.versions[TLS12].complete


def test_a_kind_of_key_exchange_that_breaks_the_server_hides_no_other():
    broken = Answer(ending=Ending.DONE, alert=80)
    server = TableServer({TLS12: [0xC02F], TLS10: [0xC013, 0x2F, 0x35]})
    server.stumbles = lambda hello: broken if hello.version == TLS10 and 0xC013 in hello.suites else None
    _, found = swept(server)
    assert found.versions[TLS10].suites == [0x2F, 0x35]
    assert found.versions[TLS10].complete


def test_a_server_that_breaks_and_stays_broken_refuses_nothing():
    server = TableServer({TLS12: [0xC02F]})
    server.stumbles = lambda hello: Answer(ending=Ending.DONE, alert=80) if len(server.asked) > 2 else None
    _, found = swept(server)
    assert not found.versions[TLS10].complete
    assert not found.versions[TLS13].complete


def test_silence_is_never_a_refusal():
    server = TableServer({TLS12: [0xC02F]}, stumbles=lambda hello: SILENT if hello.version == TLS11 else None)
    _, found = swept(server)
    assert not found.versions[TLS11].complete
    assert found.versions[TLS12].suites == [0xC02F]


def test_a_server_that_stops_answering_half_way_leaves_the_rest_open():
    server = TableServer({TLS12: list(offered(TLS12)[:20])})
    server.stumbles = lambda hello: SILENT if len(server.asked) > 10 else None
    _, found = swept(server)
    assert len(found.versions[TLS12].suites) == 10
    assert not any(version.complete for version in found.versions.values())
    assert len(server.asked) < 16


def test_a_server_that_resets_what_it_refuses_is_understood():
    server = TableServer({TLS12: [0xC02F, 0x9C]}, refusal=RESET, wrong_version=RESET)
    _, found = swept(server)
    assert found.versions[TLS12].suites == [0xC02F, 0x9C]
    assert all(version.complete for version in found.versions.values())


def test_a_reset_says_nothing_of_a_server_that_is_not_well():
    server = TableServer({TLS12: [0xC02F, 0x9C]})
    server.stumbles = lambda hello: RESET if len(server.asked) > 2 else None
    _, found = swept(server)
    assert not found.versions[TLS12].complete
    assert not found.versions[TLS10].complete


def test_a_server_that_stumbles_over_long_lists_is_offered_short_ones():
    suites = [0xC02F, 0x9C, 0xC09D, 0xC0A1, 0x84]
    server = TableServer({TLS12: suites}, stumbles=lambda hello: RESET if len(hello.suites) > 127 else None)
    _, found = swept(server)
    assert found.versions[TLS12].suites == suites
    assert found.versions[TLS12].complete


def test_a_server_that_reads_only_the_head_of_a_list_is_offered_short_ones():
    suites = [0xC0A1, 0xC02F]
    server = TableServer({TLS12: suites}, stumbles=lambda hello: REFUSED if len(hello.suites) > 127 else None)
    _, found = swept(server)
    assert set(found.versions[TLS12].suites) == set(suites)


def test_a_server_that_knows_no_extensions_is_spoken_to_without():
    decode_error = Answer(ending=Ending.DONE, alert=50)
    server = TableServer(
        {TLS10: [0x2F, 0x35]}, stumbles=lambda hello: decode_error if hello.extensions else None
    )
    server.stumbles = lambda hello: decode_error if hello.extensions and hello.version > SSL3 else None
    _, found = swept(server)
    assert found.versions[TLS10].suites == [0x2F, 0x35]


def test_a_server_that_does_not_know_the_name_is_asked_without_it():
    unknown = Answer(ending=Ending.DONE, alert=112)
    server = TableServer({TLS12: [0xC02F]}, stumbles=lambda hello: unknown if hello.server_name else None)
    _, found = swept(server, name="www.parking.example")
    assert found.versions[TLS12].suites == [0xC02F]


def test_an_empty_key_share_that_is_disliked_is_replaced_by_a_full_one():
    illegal = Answer(ending=Ending.DONE, alert=47)
    server = TableServer({TLS13: [0x1301, 0x1302]}, groups=[29, 23, 24])
    server.stumbles = lambda hello: illegal if hello.version == TLS13 and not hello.shares else None
    _, found = swept(server)
    assert found.versions[TLS13].suites == [0x1301, 0x1302]
    assert found.groups == [29, 23, 24]


def test_a_suite_that_was_not_offered_says_nothing():
    odd = Answer(ending=Ending.DONE, hello=ServerHello(version=TLS12, suite=0))
    _, found = swept(TableServer({}, stumbles=lambda hello: odd if hello.version == TLS12 else None))
    assert not found.versions[TLS12].complete
    assert found.versions[TLS12].suites == []


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (SILENT, 2),
        (RESET, 8),
        (Answer(ending=Ending.GARBLED), 2),
        (Answer(ending=Ending.SLOW), 2),
        (Answer(ending=Ending.FOREIGN), 1),
        (Answer(ending=Ending.REFUSED), 1),
        (Answer(ending=Ending.UNANSWERED), 1),
        (Answer(ending=Ending.OVERDUE), 1),
    ],
)
def test_what_does_not_speak_tls_costs_few_connections(answer, most):
    server = TableServer({}, stumbles=lambda hello: answer)
    talk, found = swept(server)
    assert len(server.asked) <= most
    assert not talk.spoke
    assert found.accepted == []
