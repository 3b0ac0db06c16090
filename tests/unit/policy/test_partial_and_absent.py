"""Lists that were cut short and keys that were not shown: what rules make of them, and what is read of it."""

from datetime import UTC, datetime

from compliance.model.host import Address, Host
from compliance.model.observation import Seen, Task
from compliance.model.result import Verdict
from compliance.policy.evaluate import Subject, evaluate
from scanners import PartialList
from scanners.config.facts import ConfigFacts
from scanners.tls.facts import Endpoint, Suite, TlsFacts
from tests.unit.policy.schemas import book_of

WEAK = """
for_each: {e: host.tls.endpoints}
require: "!e.suites.exists(s, s.bits < 112)"
evidence: [e.suites]
"""


def only_result(book, scanner, facts):
    seen = Seen(task=Task(host="kiosk", scanner=scanner), at=datetime(2026, 1, 2, tzinfo=UTC), facts=facts)
    host = Host(name="kiosk", address=Address("127.0.0.1"))
    (result,) = evaluate(book, Subject(host=host, observations=[seen]))
    return result


def suite(name, bits):
    return Suite(
        version="TLSv1.2",
        code=bits,
        name=name,
        key_exchange="ECDHE",
        authentication="RSA",
        encryption="AES_128_GCM",
        bits=bits,
        aead=True,
        forward_secrecy=True,
    )


def endpoint(*suites):
    place = Endpoint(locus="tcp/443", port=443, reached="answered", suites=PartialList(suites))
    return TlsFacts(endpoints=(place,))


def test_what_is_bad_in_a_list_that_was_cut_short_fails_and_is_named(tmp_path):
    book = book_of(tmp_path, WEAK)
    result = only_result(book, "tls", endpoint(suite("TLS_WEAK", 56), suite("TLS_GOOD", 128)))
    assert result.verdict is Verdict.FAIL
    (evidence,) = result.evidence
    assert (evidence.path, evidence.seen) == (
        "tls.endpoints[tcp/443].suites",
        "TLS_WEAK, TLS_GOOD, and more",
    )


def test_nothing_bad_in_a_list_that_was_cut_short_is_unknown(tmp_path):
    result = only_result(book_of(tmp_path, WEAK), "tls", endpoint(suite("TLS_GOOD", 128)))
    assert result.verdict is Verdict.UNKNOWN


def test_a_kernel_parameter_that_was_not_shown_is_unknown(tmp_path):
    book = book_of(tmp_path, "require: host.config.sysctl['kernel.kptr_restrict'] == '1'")
    result = only_result(book, "config", ConfigFacts(sysctl={"kernel.ostype": "Linux"}))
    assert result.verdict is Verdict.UNKNOWN
    assert "config.sysctl[kernel.kptr_restrict]" in result.message
