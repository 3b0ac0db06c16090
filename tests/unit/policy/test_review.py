"""What a rule must not be: always the same, never right, unguarded, unused, or without bound."""

import pytest

from compliance.model.errors import BadRule
from tests.unit.policy.schemas import book_of

NETS = "host.config.sysctl"


def mistakes(tmp_path, body):
    with pytest.raises(BadRule) as caught:
        book_of(tmp_path, body)
    return [line for line in caught.value.message.split("\n") if "r.yaml:" in line]


@pytest.mark.parametrize(
    ("require", "text"),
    [
        ("1 == 1", "always the same"),
        ("host.declared || true", "always the same"),
        ("host.declared && 2 > 1", "always the same"),
        ("host.name == host.name", "both sides are the same"),
        ("host.tls.endpoints.all(e, host.declared)", "all() never looks at its 'e'"),
        ("host.tls.endpoints.all(e, true)", "always the same"),
        ("host.tls.endpoints.exists(e, e.reached == 'anwered')", "did you mean 'answered'"),
        ("'TLS1.2' in host.tls.endpoints[0].protocols", "is never 'TLS1.2'; did you mean 'TLSv1.2'"),
        ("host.config.clock.service in ['chrony', 'crony']", "is never 'crony'"),
        ("host.tls.endpoints.all(e, e.protocols.all(p, p != 'TLSv1'))", "p is never 'TLSv1'"),
        ("host.tls.endpoints[0] == host.tls.endpoints[1]", "compare the fields of Endpoint"),
        ("host.config.hostname.matches(host.name)", "must be written out"),
        ("host.config.hostname.matches('(')", "no regular expression: missing"),
        ("host.packages.metadata_at > now - duration('3 days')", "invalid duration"),
        ("host.packages.metadata_at > timestamp('2020-13-01T00:00:00Z')", "out of range"),
        ("dyn(host.name) == 'x'", "rules have no dyn()"),
        ("host.plain.values['a'] == '1'", "the key may not be there; write 'a' in host.plain.values"),
        ("host.plain.values.a == '1'", "the key may not be there"),
        ("'a' in host.plain.values || host.plain.values['a'] == '1'", "the key may not be there"),
        ("host.config.sysctl[?'a'].value() == '1'", "the optional may hold nothing"),
    ],
)
def test_an_expression_that_cannot_be_meant_is_refused(tmp_path, require, text):
    assert any(text in line for line in mistakes(tmp_path, f"require: >-\n  {require}"))


@pytest.mark.parametrize(
    "require",
    [
        f"'a' in {NETS} && {NETS}['a'] == '1'",
        f"!('a' in {NETS}) || {NETS}['a'] == '1'",
        f"'a' in {NETS} ? {NETS}['a'] == '1' : host.declared",
        f"has({NETS}.a) && {NETS}.a == '1'",
        f"{NETS}.all(k, {NETS}[k] != 'x')",
        f"{NETS}.all(k, v, k != v)",
        f"{NETS}[?'a'].orValue('1') == '1'",
        f"{NETS}[?'a'].hasValue() && {NETS}[?'a'].value() == '1'",
        "host.config.services['auditd'].active",
        "host.tls.endpoints.all(e, e.protocols.all(p, p in ['TLSv1.2', 'TLSv1.3']))",
        "host.tls.endpoints.filter(e, e.port == 1).all(e, e.port != 2)",
        "host.name + '.' + host.zone == 'a.b'",
    ],
)
def test_an_expression_that_asks_first_is_accepted(tmp_path, require):
    assert len(book_of(tmp_path, f"require: >-\n  {require}")) == 1


def test_applies_may_ask_for_a_key_on_behalf_of_the_requirement(tmp_path):
    body = f"applies: \"'a' in {NETS}\"\nrequire: \"{NETS}['a'] == '1'\""
    assert len(book_of(tmp_path, body)) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("require: host.declared\nvariables: {v: host.name}", "the variable 'v' is never used"),
        ("require: host.declared\nparams: {n: {type: int, default: 1}}", "the parameter 'n' is never used"),
        ("for_each: {e: host.tls.endpoints}\nrequire: host.declared", "never looks at 'e'"),
    ],
)
def test_what_is_named_and_never_used_is_refused(tmp_path, body, text):
    assert any(text in line for line in mistakes(tmp_path, body))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (
            "require: host.tls.endpoints.all(a, a.suites.all(b, a.groups.all(c, c == b.name)))",
            "loops stand at most 2 deep",
        ),
        (
            "for_each: {p: host.packages.installed}\nrequire: host.packages.updates.all(u, u.name != p.name)",
            "can turn ",
        ),
        (
            "require: host.packages.installed.all(p, host.packages.updates.all(u, u.name != p.name))",
            "can turn",
        ),
        ("require: host.tls.endpoints.all(e, e.locus + 'x' == 'y')", "must not put texts or lists together"),
        ("require: host.tls.endpoints.all(e, [e.locus] == ['y'])", "must not put texts or lists together"),
        ("require: (host.tls.endpoints + host.tls.endpoints).all(e, e.port == 1)", "a loop goes over a fact"),
    ],
)
def test_a_rule_that_could_run_or_grow_without_bound_is_refused(tmp_path, body, text):
    assert any(text in line for line in mistakes(tmp_path, body))


def test_doubling_a_text_again_and_again_is_refused(tmp_path):
    lines = ["require: v29 == 'x'", "variables:", "  v0: host.name + host.name"]
    lines += [f"  v{n}: v{n - 1} + v{n - 1}" for n in range(1, 30)]
    assert any("could grow without bound" in line for line in mistakes(tmp_path, "\n".join(lines)))
    binds = "x29 == 'x'"
    for n in range(29, 0, -1):
        binds = f"cel.bind(x{n}, x{n - 1} + x{n - 1}, {binds})"
    body = f'require: "cel.bind(x0, host.name, {binds})"'
    assert any("could grow without bound" in line for line in mistakes(tmp_path, body))
