"""Rule files: what is understood, and every mistake with its place."""

import pytest

from compliance.model.errors import BadRule, UnknownName
from compliance.model.rule import Severity
from compliance.policy.digests import rule_digest
from compliance.policy.load import load_books, load_rules
from tests.unit.policy.schemas import FACTS, PACK, book_of


def test_a_rule_is_loaded_with_what_it_reads():
    book = load_rules([PACK], FACTS)
    assert [rule.id for rule in book] == ["audit-policy-reviewed", "sshd-root-login", "tls-protocol-floor"]
    rule = book["tls-protocol-floor"].rule
    assert (rule.pack, rule.severity, rule.scanners) == ("example", Severity.HIGH, ("tls",))
    assert rule.references == ("cis-controls-8 3.10", "rfc 8996")
    assert rule.source.endswith("pack/example.yaml:5")


def test_rules_are_selected_by_id_and_by_tag():
    book = load_rules([PACK], FACTS)
    assert [rule.id for rule in book.select(tags=["ssh"])] == ["sshd-root-login"]
    assert [rule.id for rule in book.select(ids=["tls-protocol-floor"])] == ["tls-protocol-floor"]
    with pytest.raises(UnknownName, match="did you mean 'tls-protocol-floor'"):
        book.select(ids=["tls-protocol-flor"])


@pytest.mark.parametrize(
    ("body", "place", "text"),
    [
        (
            "require: host.config.sshd.permit_root_logn == 'no'",
            "11:31",
            "Sshd has no field 'permit_root_logn'",
        ),
        ("require: host.config.sshd.max_auth_tries == '22'", "11:46", "cannot compare int with string"),
        ('require: "host.config.sshd.running\\n  = true"', "11:43", "unexpected character '='"),
        ("require: |\n  host.config.sshd.running &&\n  host.confg.x", "13:12", "host has no field 'confg'"),
        ("require: host.name", "11:19", "this must be bool, not string"),
        ("require: {}", "11:14", "an empty requirement"),
        ("require: ''", "6:5", "a rule needs `require`"),
        ("require: {host.config.sshd.runing: true}", "11:15", "did you mean 'running'"),
        ("require: {host.config.sshd.running: 1}", "11:42", "cannot compare bool with int"),
        (
            "require: {host.config.sshd.max_auth_tries: {at_mst: 4}}",
            "11:49",
            "there is no requirement 'at_mst'",
        ),
        ("require: host.declared\nfoo: 1", "12:5", "there is no field 'foo'"),
        ("require: host.declared\nseverty: low", "12:5", "did you mean 'severity'"),
        ("require: host.declared\nwhere: host.declared", "12:12", "there is none"),
        (
            "require: host.declared\nfor_each: {s: host.name}",
            "12:19",
            "for_each goes over a list or a map, not string",
        ),
        ("require: host.declared\nfor_each: {host: host.config.sockets}", "12:16", "'host' is taken"),
        ("require: host.declared\nmessage: '{host.nam}'", "12:21", "did you mean 'name'"),
        ("require: host.declared\nmessage: '{host.name'", "12:15", "a brace is not closed"),
        ("require: host.declared\nmax_age: 3 days", "12:14", "invalid duration"),
        ("require: host.declared\nparams: {n: {type: list<int>, default: [a]}}", "12:44", "'a' is no int"),
        ("require: host.declared\nparams: {n: {type: lst, default: 1}}", "12:24", "'lst' is no type"),
        ("require: host.declared\nkey: x", "12:10", "only a rule with for_each has a key"),
        ("require: host.declared\nmanual: {question: q, evidence_wanted: e}", "12:5", "not both"),
        ("require: host.declared\nseverity: low", "12:5", "twice"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(tmp_path, body, place, text):
    with pytest.raises(BadRule) as caught:
        book_of(tmp_path, body)
    first, shown = caught.value.message.split("\n", 1)
    assert f"r.yaml:{place}: " in first
    assert text in first
    assert shown.split("\n")[1].strip() == "^"


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(
            "format: rules/v1\npack: p\nversion: 1.0.0\nrules:\n- {id: X}\n- 3\n"
        )
    with pytest.raises(BadRule) as caught:
        load_rules([tmp_path], FACTS)
    heads = [line for line in caught.value.message.split("\n") if ".yaml:" in line]
    assert [head.split("/")[-1].split(" ")[0] for head in heads] == [
        "a.yaml:5:3:", "a.yaml:6:3:", "b.yaml:5:3:", "b.yaml:6:3:",
    ]  # fmt: skip


def test_an_id_stands_once_over_all_files(tmp_path):
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text((PACK / "example.yaml").read_text())
    with pytest.raises(BadRule, match=r"b.yaml:5:9: the id 'tls-protocol-floor' is taken by .*a.yaml:5"):
        load_rules([tmp_path], FACTS)


def test_the_short_form_takes_every_kind_of_requirement(tmp_path):
    body = """
require:
  host.config.sshd.permit_root_login: {in: ["no", "it's"]}
  host.config.sshd.max_auth_tries: {at_least: 1, at_most: 4}
  host.config.sshd.log_level: {not: QUIET, matches: "^[A-Z]+$"}
  host.config.sshd.running: true
"""
    require = book_of(tmp_path, body)["a-rule"].require
    assert require is not None
    assert require.text == (
        "host.config.sshd.permit_root_login in ['no', 'it\\U00000027s'] && "
        "host.config.sshd.max_auth_tries >= 1 && host.config.sshd.max_auth_tries <= 4 && "
        "host.config.sshd.log_level != 'QUIET' && host.config.sshd.log_level.matches('^[A-Z]+$') && "
        "host.config.sshd.running == true"
    )


def test_a_book_without_its_tests_decides_the_same():
    whole, lean = (load_books([PACK], FACTS, with_tests=told).hosts for told in (True, False))
    assert [rule_digest(loaded) for loaded in whole.loaded.values()] == [
        rule_digest(loaded) for loaded in lean.loaded.values()
    ]
    assert all(loaded.spec.tests for loaded in whole.loaded.values() if loaded.spec.manual is None)
    assert not any(loaded.spec.tests for loaded in lean.loaded.values())
