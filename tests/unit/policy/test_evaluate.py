"""Results: verdicts, keys, messages, evidence; and that not seen is never compliant."""

from datetime import UTC, datetime

import pytest

from compliance.model.host import Address, Host
from compliance.model.observation import NotSeen, Seen, Task
from compliance.model.result import Evidence, Verdict
from compliance.policy.cases import run_tests
from compliance.policy.evaluate import Subject, evaluate
from compliance.policy.load import load_rules
from scanners import Gap, PartialList, Reason
from scanners.config.facts import ConfigFacts
from scanners.config.sshdfacts import Sshd
from scanners.tls.facts import Endpoint, TlsFacts
from tests.unit.policy.schemas import FACTS, PACK, book_of

AT = datetime(2026, 1, 2, tzinfo=UTC)
HOST = Host(name="kiosk-7", address=Address("127.0.0.1"), zone="cde")


def seen(**facts):
    found = [
        Seen(task=Task(host="kiosk-7", scanner=name), at=AT, facts=value) for name, value in facts.items()
    ]
    return Subject(host=HOST, observations=found)


def endpoint(port, *protocols, **more):
    return Endpoint(locus=f"tcp/{port}", port=port, reached="answered", protocols=protocols, **more)


@pytest.fixture(scope="module")
def book():
    return load_rules([PACK], FACTS)


def results(book, subject, rule):
    return {result.key: result for result in evaluate(book, subject, [rule])}


def test_every_test_of_the_example_pack_passes(book):
    outcomes = run_tests(book)
    assert len(outcomes) == 9
    assert [outcome for outcome in outcomes if not outcome.passed] == []


def test_each_endpoint_gets_its_own_result_with_its_evidence(book):
    tls = TlsFacts(endpoints=(endpoint(443, "TLSv1.0", "TLSv1.2"), endpoint(8443, "TLSv1.3")))
    found = results(book, seen(tls=tls), "tls-protocol-floor")
    assert {key: result.verdict for key, result in found.items()} == {
        "tcp/443": Verdict.FAIL,
        "tcp/8443": Verdict.PASS,
    }
    failure = found["tcp/443"]
    assert failure.message == "tcp/443 also offers TLSv1.0"
    assert failure.evidence == (Evidence(path="tls.endpoints[tcp/443].protocols", seen="TLSv1.0, TLSv1.2"),)
    assert failure.fix.startswith("On port 443 accept only TLSv1.2, TLSv1.3, for nginx:\nserver { ssl")
    assert failure.observed_at == AT


def test_a_scanner_that_saw_nothing_makes_the_rule_unknown_and_says_why(book):
    task = Task(host="kiosk-7", scanner="tls")
    blind = NotSeen(task=task, at=AT, reason=Reason.UNREACHABLE, detail="tcp/443 refused the connection")
    (result,) = evaluate(book, Subject(host=HOST, observations=[blind]), ["tls-protocol-floor"])
    assert (result.verdict, result.key, result.observed_at) == (Verdict.UNKNOWN, "", None)
    assert result.message == "tls was not seen: tcp/443 refused the connection"


def test_a_scanner_that_never_looked_makes_the_rule_unknown(book):
    (result,) = evaluate(book, Subject(host=HOST, observations=[]), ["sshd-root-login"])
    assert (result.verdict, result.message) == (Verdict.UNKNOWN, "config was not seen: no scan looked")


def test_a_gap_gives_the_reason_for_what_is_missing_below_it(book):
    gap = Gap(path="sshd", reason=Reason.NOT_PERMITTED)
    config = ConfigFacts(sshd=Sshd(installed=True), gaps=(gap,))
    (result,) = evaluate(book, seen(config=config), ["sshd-root-login"])
    assert result.verdict is Verdict.UNKNOWN
    assert result.message == "config.sshd.permit_root_login was not seen: the login may not read it"


def test_a_list_that_was_cut_short_can_fail_but_never_passes_as_a_whole(book):
    gap = Gap(path="endpoints", reason=Reason.PARTIAL, detail="stopped at the deadline")
    tls = TlsFacts(endpoints=(endpoint(443, "TLSv1.0"), endpoint(8443, "TLSv1.3")), gaps=(gap,))
    found = results(book, seen(tls=tls), "tls-protocol-floor")
    assert [result.verdict for result in found.values()] == [Verdict.FAIL, Verdict.PASS, Verdict.UNKNOWN]
    assert found[""].message == "tls.endpoints was seen only in part: stopped at the deadline"


@pytest.mark.parametrize(
    ("require", "verdict"),
    [
        ("host.tls.endpoints[0].protocols.all(p, p == 'TLSv1.2')", Verdict.UNKNOWN),
        ("host.tls.endpoints[0].protocols.all(p, p == 'TLSv1.3')", Verdict.FAIL),
        ("host.tls.endpoints[0].protocols.exists(p, p == 'TLSv1.2')", Verdict.PASS),
        ("host.tls.endpoints[0].protocols.exists(p, p == 'TLSv1.3')", Verdict.UNKNOWN),
        ("'TLSv1.2' in host.tls.endpoints[0].protocols", Verdict.PASS),
        ("'TLSv1.3' in host.tls.endpoints[0].protocols", Verdict.UNKNOWN),
        ("host.tls.endpoints[0].protocols.size() == 1", Verdict.UNKNOWN),
        ("host.tls.endpoints[0].protocols[0] == 'TLSv1.2'", Verdict.PASS),
        ("host.tls.endpoints[0].protocols == ['TLSv1.2']", Verdict.UNKNOWN),
        ("host.tls.endpoints[0].protocols.map(p, p).size() == 1", Verdict.UNKNOWN),
        ("host.tls.endpoints[0].dh_bits >= 2048", Verdict.UNKNOWN),
        ("!host.declared && host.tls.endpoints[0].dh_bits >= 2048", Verdict.FAIL),
        ("host.tls.endpoints[0].dh_bits >= 2048 && !host.declared", Verdict.FAIL),
        ("host.tls.endpoints[0].dh_bits >= 2048 || host.declared", Verdict.PASS),
        ("has(host.tls.endpoints[0].certificate.subject)", Verdict.UNKNOWN),
        ("host.tls.endpoints[7].port == 1", Verdict.ERROR),
        ("host.site == 'north'", Verdict.UNKNOWN),
        ("host.zone == 'cde'", Verdict.PASS),
        ("host.config.services['auditd'].enabled", Verdict.FAIL),
        ("1 / (host.tls.endpoints[0].port - 443) == 1", Verdict.ERROR),
    ],
)
def test_what_is_missing_spoils_only_what_depends_on_it(tmp_path, require, verdict):
    partial = Endpoint(locus="tcp/443", port=443, reached="answered", protocols=PartialList(("TLSv1.2",)))
    subject = seen(tls=TlsFacts(endpoints=(partial,)), config=ConfigFacts(services={}))
    (result,) = evaluate(book_of(tmp_path, f"require: >-\n  {require}"), subject)
    assert result.verdict is verdict


def test_an_error_says_where_in_the_file_it_arose(tmp_path):
    book = book_of(tmp_path, "require: host.tls.endpoints[0].port == 1")
    (result,) = evaluate(book, seen(tls=TlsFacts(endpoints=())))
    assert result.verdict is Verdict.ERROR
    assert "index out of bounds: 0 (" in result.message
    assert result.message.endswith("r.yaml:11:32)")


def test_text_of_a_host_is_made_safe_in_messages(tmp_path):
    body = "require: host.config.hostname == 'x'\nmessage: 'it is {host.config.hostname}'"
    config = ConfigFacts(hostname="\x1b[31mred\u202e" + "a" * 9000)
    (result,) = evaluate(book_of(tmp_path, body), seen(config=config))
    assert result.message.startswith("it is \\x1b[31mred\\u202eaaa")
    assert len(result.message) < 400
    assert result.evidence[0].seen.startswith("\\x1b[31mred")


def test_facts_older_than_a_rule_allows_are_unknown(tmp_path):
    book = book_of(tmp_path, "require: host.config.sshd.running\nmax_age: 48h")
    subject = seen(config=ConfigFacts(sshd=Sshd(running=True)))
    assert [result.verdict for result in evaluate(book, subject)] == [Verdict.PASS]
    (late,) = evaluate(book, subject, as_of=datetime(2026, 1, 5, tzinfo=UTC))
    assert (late.verdict, late.message) == (Verdict.UNKNOWN, "what was seen of config is older than 48h")


def test_two_elements_with_one_key_give_one_result_the_worst(tmp_path):
    body = "for_each: {e: host.tls.endpoints}\nkey: same\nrequire: e.port == 443"
    found = list(
        evaluate(book_of(tmp_path, body), seen(tls=TlsFacts(endpoints=(endpoint(443), endpoint(80)))))
    )
    assert [(result.key, result.verdict) for result in found] == [("same", Verdict.FAIL)]


@pytest.mark.parametrize("word", ["pass", "fail", "unknown", "notapplicable"])
def test_an_empty_list_is_what_the_rule_says_it_is(tmp_path, word):
    body = f"for_each: {{e: host.tls.endpoints}}\nrequire: e.port == 443\nwhen_empty: {word}"
    (result,) = evaluate(book_of(tmp_path, body), seen(tls=TlsFacts(endpoints=())))
    assert result.verdict == word
    (unseen,) = evaluate(book_of(tmp_path, body), seen(tls=TlsFacts()))
    assert unseen.verdict is Verdict.UNKNOWN


def test_a_manual_rule_is_not_checked(book):
    (result,) = evaluate(book, seen(), ["audit-policy-reviewed"])
    assert result.verdict is Verdict.NOTCHECKED
    assert result.message == "Who reviewed the audit trail this week?"


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        ("require: host.config.sshd.max_auth_tries <= 4", Sshd(max_auth_tries="six")),
        ("require: host.config.sshd.log_level.matches('^[A-Z]+$')", Sshd(log_level="\ud800")),
        ("require: host.config.sshd.log_level.startsWith('A')", Sshd(log_level=7)),
        ("require: host.config.sshd.ciphers.all(c, c != 'none')", Sshd(ciphers=7)),
        ("for_each: {c: host.config.sshd.ciphers}\nrequire: c != 'none'", Sshd(ciphers=7)),
        ("require: host.config.sshd.settings['a'] == 'b'", Sshd(settings=("a",))),
    ],
)
def test_a_fact_that_is_not_of_its_type_is_an_error_of_that_rule_alone(tmp_path, body, facts):
    (result,) = evaluate(book_of(tmp_path, body), seen(config=ConfigFacts(sshd=facts)))
    assert result.verdict is Verdict.ERROR
