"""Every reason why a chain is not trusted is named, and none that is not there."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from scanners import Means, Target
from scanners.tls import chain
from scanners.tls.scan import PUBLIC_ROOTS, TlsScanner
from tests.servers import tls as servers
from tests.servers.pki import issue

NOW = datetime.now(UTC)


def der(*identities):
    return tuple(identity.certificate.public_bytes(Encoding.DER) for identity in identities)


def judged(pki, *identities, name="localhost", at=NOW, stores=None):
    stores = (PUBLIC_ROOTS, pki.root_file) if stores is None else stores
    return chain.trust(der(*identities), name=name, at=at, stores=stores)


def kinds(trust):
    return [problem.split(":")[0] for problem in trust.problems]


def test_a_sound_chain_is_trusted(pki):
    trust = judged(pki, pki.leaf(), pki.intermediate)
    assert (trust.trusted, trust.problems, trust.name_matches) == (True, (), True)


def test_an_elliptic_leaf_is_trusted(pki):
    assert judged(pki, pki.leaf("ec", key="ec"), pki.intermediate).trusted is True


@pytest.mark.parametrize(
    ("faults", "problem"),
    [
        ({"days": (-60, -30)}, "expired"),
        ({"days": (10, 30)}, "not yet valid"),
        ({"key": "rsa1024"}, "weak key"),
    ],
)
def test_a_faulty_leaf_is_named(pki, faults, problem):
    trust = judged(pki, pki.leaf("faulty", **faults), pki.intermediate)
    assert (trust.trusted, kinds(trust)) == (False, [problem])


def test_dates_are_judged_at_the_time_that_is_given(pki):
    leaf = pki.leaf("short", days=(-10, 10))
    assert judged(pki, leaf, pki.intermediate).trusted is True
    assert kinds(judged(pki, leaf, pki.intermediate, at=NOW + timedelta(days=11))) == ["expired"]
    assert kinds(judged(pki, leaf, pki.intermediate, at=NOW - timedelta(days=11))) == ["not yet valid"]


def test_all_reasons_are_given_not_the_first(pki, tmp_path):
    leaf = issue(tmp_path, "worst", days=(-60, -30), key="rsa1024", names=("elsewhere.example",))
    trust = judged(pki, leaf)
    assert trust.trusted is False
    assert kinds(trust)[:3] == ["expired", "weak key", "self-signed"]
    assert trust.problems[-1] == "it does not name localhost, but elsewhere.example"


def test_a_missing_intermediate_is_named(pki):
    trust = judged(pki, pki.leaf())
    assert trust.problems == ("its issuer CN=test intermediate was not sent and is no known root",)


def test_an_expired_intermediate_is_named(pki, tmp_path):
    old = issue(tmp_path, "old", issuer=pki.root, authority=True, names=(), days=(-300, -5))
    trust = judged(pki, issue(tmp_path, "leaf", issuer=old), old)
    assert trust.problems[0].startswith("expired: CN=test old")


def test_a_leaf_that_issues_is_not_believed(pki, tmp_path):
    trust = judged(pki, issue(tmp_path, "leaf", issuer=pki.leaf()), pki.leaf(), pki.intermediate)
    assert trust.trusted is False


def test_a_root_in_no_store_is_named(pki, tmp_path):
    root = issue(tmp_path, "stranger", authority=True, names=())
    trust = judged(pki, issue(tmp_path, "leaf", issuer=root), root)
    assert trust.problems == ("its root CN=test stranger is in no store",)


def test_a_wrong_name_is_told_but_is_no_matter_of_the_path(pki):
    trust = judged(pki, pki.leaf(), pki.intermediate, name="other.example")
    assert (trust.trusted, trust.name_matches) == (True, False)
    assert trust.problems[0].startswith("it does not name other.example")


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("a.parking.example", True),
        ("A.Parking.Example", True),
        ("parking.example", False),
        ("b.a.parking.example", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8:0:0::1", True),
    ],
)
def test_names_match_as_the_standard_says(pki, name, matches):
    leaf = pki.leaf("names", names=("*.parking.example", "192.0.2.7", "2001:db8::1"))
    assert judged(pki, leaf, pki.intermediate, name=name).name_matches is matches


def test_without_any_store_trust_is_unknown_unless_something_is_plainly_wrong(pki, tmp_path):
    nowhere = (tmp_path / "none.pem",)
    assert judged(pki, pki.leaf(), pki.intermediate, stores=nowhere).trusted is None
    expired = pki.leaf("expired", days=(-60, -30))
    assert judged(pki, expired, pki.intermediate, stores=nowhere).trusted is False


def test_bytes_that_are_no_certificate_are_not_trusted(pki):
    trust = chain.trust((b"\x30\x03nob",), name="localhost", at=NOW, stores=())
    assert (trust.trusted, trust.problems) == (False, ("the certificate cannot be read",))


def test_the_public_roots_of_this_system_can_be_read():
    pems = Path(PUBLIC_ROOTS).read_text("ascii")
    first = ssl.PEM_cert_to_DER_cert(pems[: pems.index("-----END CERTIFICATE-----") + 25])
    trust = chain.trust((first,), name="localhost", at=NOW, stores=(PUBLIC_ROOTS,))
    assert not any("is in no store" in problem or "self-signed" in problem for problem in trust.problems)


def test_a_sha1_signature_is_named(pki, tmp_path):
    leaf = servers.sha1_certificate(tmp_path)
    with servers.openssl_server(leaf, "-cipher", "ALL:@SECLEVEL=0", "-no_tls1_3") as port:
        facts = TlsScanner().scan(Target(address=servers.HERE, ports=(port,)), Means())
    (endpoint,) = facts.endpoints
    assert endpoint.certificate.signature_hash == "sha1"
    assert [problem.split(":")[0] for problem in endpoint.trust_problems][:2] == ["weak hash", "self-signed"]
