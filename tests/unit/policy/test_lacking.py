"""Which kinds of test a rule lacks."""

import pytest

from compliance.policy.lacking import lacking
from compliance.policy.load import load_rules
from tests.unit.policy.schemas import FACTS, PACK, book_of

HOST = "require: host.config.sshd.running\ntests:\n"
LOOP = "for_each: {e: host.tls.endpoints}\nrequire: e.port == 1\ntests:\n"
PASS = "  - {name: a, host: {tls: {endpoints: [{locus: tcp/1, port: 1, reached: silent}]}}, expect: pass}\n"
FAIL = "  - {name: b, host: {}, expect: fail}\n"
UNKNOWN = "  - {name: c, host: {}, expect: unknown}\n"
EMPTY = "  - {name: d, host: {tls: {endpoints: []}}, expect: notapplicable}\n"
NOT_SEEN = "no test shows what happens where it was not seen"


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (HOST + PASS + FAIL + UNKNOWN, []),
        (HOST + FAIL + UNKNOWN, ["no test passes"]),
        (HOST + PASS, ["no test fails", NOT_SEEN]),
        (LOOP + PASS + FAIL + UNKNOWN + EMPTY, []),
        (LOOP + PASS + FAIL + UNKNOWN, ["no test shows an empty list"]),
        (LOOP + "  []", ["no test passes", "no test fails", NOT_SEEN, "no test shows an empty list"]),
    ],
)
def test_what_a_rule_lacks_is_told(tmp_path, body, texts):
    found = list(lacking(book_of(tmp_path, body)))
    assert [lack.text for lack in found] == texts
    assert all(lack.place.endswith("r.yaml:6") for lack in found)


def test_a_rule_that_a_person_decides_needs_no_test():
    lacks = {lack.rule for lack in lacking(load_rules([PACK], FACTS))}
    assert "audit-policy-reviewed" not in lacks
    assert lacks == {"tls-protocol-floor"}
