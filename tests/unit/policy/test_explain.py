"""Explanations: what decided, and what it rests on; and the list of facts."""

from datetime import UTC, datetime

import pytest

from compliance.model.host import Address, Host
from compliance.model.observation import Seen, Task
from compliance.model.result import Verdict
from compliance.policy.evaluate import Subject
from compliance.policy.explain import explained, trace
from compliance.policy.fields import fact_fields
from compliance.policy.judge import outcomes
from compliance.policy.load import load_rules
from compliance.policy.witness import witness_of
from scanners import UNKNOWN, Gap, PartialList, Reason
from scanners.config.facts import Account, ConfigFacts
from scanners.config.sshdfacts import Sshd
from scanners.tls.facts import Endpoint, TlsFacts
from tests.unit.policy.schemas import FACTS, PACK, book_of

AT = datetime(2026, 1, 2, tzinfo=UTC)
HOST = Host(name="kiosk-7", address=Address("127.0.0.1"), zone="cde")


def told(book, rule, **facts):
    seen = [
        Seen(task=Task(host="kiosk-7", scanner=name), at=AT, facts=value) for name, value in facts.items()
    ]
    witness = witness_of(book.schema, Subject(host=HOST, observations=seen))
    return {o.key: explained(book[rule], witness, o) for o in outcomes(book[rule], witness)}


def explain_require(tmp_path, require, **facts):
    (found,) = told(book_of(tmp_path, f"require: >-\n  {require}"), "a-rule", **facts).values()
    return found


def grounds(step):
    return {ground.path: ground.seen for ground in step.grounds}


SSHD = ConfigFacts(sshd=Sshd(running=True, max_auth_tries=6, permit_root_login="yes"))
TLS = TlsFacts(
    endpoints=(
        Endpoint(locus="tcp/443", port=443, reached="answered", protocols=("TLSv1.0", "TLSv1.2")),
        Endpoint(locus="tcp/993", port=993, reached="answered", protocols=("TLSv1.3",)),
    )
)


def test_of_an_and_that_is_false_only_what_is_false_is_told(tmp_path):
    found = explain_require(
        tmp_path, "host.config.sshd.running && host.config.sshd.max_auth_tries <= 4", config=SSHD
    )
    (step,) = found.steps
    assert (found.part, step.text, step.value) == ("require", "host.config.sshd.max_auth_tries <= 4", "false")
    assert step.place.endswith("r.yaml:12:67")
    (ground,) = step.grounds
    assert (ground.path, ground.seen, ground.scanner, ground.at) == (
        "config.sshd.max_auth_tries", "6", "config", AT,
    )  # fmt: skip


def test_of_an_or_that_is_false_every_term_is_told(tmp_path):
    found = explain_require(
        tmp_path, "!host.config.sshd.running || host.config.sshd.max_auth_tries <= 4", config=SSHD
    )
    assert [step.text for step in found.steps] == [
        "!host.config.sshd.running",
        "host.config.sshd.max_auth_tries <= 4",
    ]


def test_of_a_list_only_the_elements_that_decided_are_told(tmp_path):
    found = explain_require(
        tmp_path, "host.tls.endpoints.all(e, e.protocols.all(p, p in ['TLSv1.2', 'TLSv1.3']))", tls=TLS
    )
    (step,) = found.steps
    assert step.text == "p in ['TLSv1.2', 'TLSv1.3']"
    assert grounds(step) == {"tls.endpoints[tcp/443].protocols[0]": "TLSv1.0"}


def test_a_list_of_which_nothing_decided_alone_is_told_as_a_whole(tmp_path):
    found = explain_require(
        tmp_path, "host.tls.endpoints.exists(e, e.port == 8443 && host.name == 'kiosk-7')", tls=TLS
    )
    (step,) = found.steps
    assert step.value == "false"
    assert grounds(step)["tls.endpoints"] == "tcp/443, tcp/993"


def test_a_choice_is_told_with_the_branch_that_was_taken(tmp_path):
    found = explain_require(
        tmp_path, "host.zone == 'cde' ? host.config.sshd.max_auth_tries <= 4 : true", config=SSHD
    )
    assert [(step.text, step.value) for step in found.steps] == [
        ("host.zone == 'cde'", "true"),
        ("host.config.sshd.max_auth_tries <= 4", "false"),
    ]
    assert found.steps[0].grounds[0].scanner == ""


def test_a_variable_is_told_below_what_uses_it():
    found = told(load_rules([PACK], FACTS), "tls-protocol-floor", tls=TLS)["tcp/443"]
    (step,) = found.steps
    assert (step.text, step.value) == ("weak.size() == 0", "false")
    (below,) = step.steps
    assert below.text.startswith("weak = endpoint.protocols.filter(")
    assert below.value == "TLSv1.0"
    assert grounds(below) == {
        "tls.endpoints[tcp/443].protocols": "TLSv1.0, TLSv1.2",
        "params.protocols": "TLSv1.2, TLSv1.3",
    }


def test_what_was_not_seen_is_told_with_the_reason(tmp_path):
    gap = Gap(path="sshd", reason=Reason.NOT_PERMITTED)
    config = ConfigFacts(sshd=Sshd(running=True), gaps=(gap,))
    found = explain_require(tmp_path, "host.config.sshd.max_auth_tries <= 4", config=config)
    assert found.verdict is Verdict.UNKNOWN
    (ground,) = found.steps[0].grounds
    assert (ground.path, ground.seen) == ("config.sshd.max_auth_tries", "")
    assert ground.why_not == "config.sshd.max_auth_tries was not seen: the login may not read it"


def test_a_list_that_was_cut_short_is_told_as_one(tmp_path):
    tls = TlsFacts(
        endpoints=(Endpoint(locus="tcp/1", port=1, reached="answered", protocols=PartialList(("TLSv1.3",))),)
    )
    require = "host.tls.endpoints.all(e, e.protocols.all(p, p == 'TLSv1.3'))"
    (step,) = explain_require(tmp_path, require, tls=tls).steps
    assert step.value == "not known"
    assert grounds(step) == {"tls.endpoints[tcp/1].protocols": "TLSv1.3, and more"}


@pytest.mark.parametrize(
    ("body", "part", "text"),
    [
        ("applies: host.zone == 'dmz'\nrequire: host.config.sshd.running", "applies", "host.zone == 'dmz'"),
        ("for_each: {e: host.tls.endpoints}\nrequire: e.port == 1", "for_each", "host.tls.endpoints"),
        (
            "for_each: {a: host.config.accounts}\nwhere: a.uid == 0\nrequire: a.name == 'root'",
            "where",
            "a.uid == 0",
        ),
    ],
)
def test_the_part_of_the_rule_that_decided_is_named(tmp_path, body, part, text):
    config = ConfigFacts(accounts=(Account(locus="account/root", name="root", uid=UNKNOWN),))
    (found,) = told(book_of(tmp_path, body), "a-rule", tls=TlsFacts(endpoints=()), config=config).values()
    assert (found.part, found.steps[0].text) == (part, text)


def test_a_manual_rule_has_no_steps():
    (found,) = told(load_rules([PACK], FACTS), "audit-policy-reviewed").values()
    assert (found.part, found.steps) == ("", ())


def test_a_trace_shows_carets(tmp_path):
    lines = list(trace(explain_require(tmp_path, "host.config.sshd.max_auth_tries <= 4", config=SSHD)))
    assert lines[0] == "the host: fail: not so: It is good"
    assert lines[1].endswith("r.yaml:12:39: this is false")
    assert lines[3].index("^") == lines[2].index("<=")
    assert lines[4].strip() == "config.sshd.max_auth_tries = 6"


def test_every_explanation_of_the_example_pack_names_what_decided():
    book = load_rules([PACK], FACTS)
    found = told(book, "tls-protocol-floor", tls=TLS)
    assert {key: one.verdict for key, one in found.items()} == {
        "tcp/443": Verdict.FAIL,
        "tcp/993": Verdict.PASS,
    }
    assert all(one.steps and one.steps[0].grounds == () and one.steps[0].steps for one in found.values())


def test_facts_are_listed_with_type_meaning_and_scanner():
    fields = {field.path: field for field in fact_fields(load_rules([PACK], FACTS).schema)}
    port = fields["host.tls.endpoints[].port"]
    assert (port.type, port.scanner) == ("int", "tls")
    assert port.about
    assert fields["host.zone"].scanner == ""
    assert fields["host.config.services['...'].enabled"].type == "bool"
    assert "enabled: false" in fields["host.config.services"].absent
    assert fields["host.tls.endpoints[].certificate.not_after"].type == "timestamp"
    assert not any(path.endswith(".gaps") for path in fields)
