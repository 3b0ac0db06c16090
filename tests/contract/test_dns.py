"""A name server on loopback shows what a zone says, and what it does not answer is not known."""

import base64
import socket

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanners import Means, ScanError, Target
from scanners.dns.scan import DnsScanner
from tests.servers.nameserver import name_server
from tests.servers.tls import free_port

BARE = "@ 60 SOA ns hostmaster 1 60 60 60 60\n@ 60 NS ns\nns 60 A 127.0.0.1\ngate 60 A 127.0.0.1\n"
SAFE = (
    BARE
    + '@ 60 TXT "v=spf1 include:mail.example" " -all"\n@ 60 TXT "something else"\n'
    + '_dmarc 60 TXT "v=DMARC1; p=reject; rua=mailto:a@parking.example"\n'
    + '@ 60 CAA 0 issue "ca.example"\n'
    + "@ 60 DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+Gq"
    + "JxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="
    + "\n"
    + "@ 60 DS 2371 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n"
)


def scan(port, name="gate.parking.example", **more):
    scanner = DnsScanner(selectors=("s1", "gone"), transfer_port=more.pop("transfer_port", port))
    spared = more.pop("spared", frozenset())
    means = Means(timeout=2.0, resolvers=(f"127.0.0.1:{port}",), spared_ports=spared)
    return scanner.scan(Target(address=name, name=name, **more), means)


def the_domain(facts):
    (domain,) = facts.domains
    return domain


def test_a_careful_zone_shows_its_policies():
    key = rsa.generate_private_key(65537, 2048).public_key()
    text = base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    record = f's1._domainkey 60 TXT "v=DKIM1; k=rsa; p={text[:200]}" "{text[200:]}"\n'
    with name_server(SAFE + record, "parking.example.") as port:
        facts = scan(port)
    domain = the_domain(facts)
    assert facts.gaps == ()
    assert (domain.locus, domain.name) == ("dns/parking.example", "parking.example")
    assert domain.spf == ("v=spf1 include:mail.example -all",)
    assert domain.dmarc_policy == "reject"
    assert domain.caa == ("issue ca.example",)
    assert [(found.locus, found.rsa_bits) for found in domain.dkim] == [("s1", 2048)]
    assert (domain.signed, domain.transfer, domain.private_addresses) == (True, False, ())


def test_a_bare_zone_shows_that_there_is_nothing():
    with name_server(BARE, "parking.example.") as port:
        domain = the_domain(scan(port))
    assert (domain.spf, domain.dmarc, domain.dmarc_policy, domain.dkim, domain.caa) == ((), (), "", (), ())
    assert domain.signed is False


def test_a_zone_that_is_handed_to_strangers_is_seen():
    with name_server(BARE, "parking.example.", gives_zone=True) as port:
        assert the_domain(scan(port)).transfer is True
        assert the_domain(scan(port, open_ports=(443,))).transfer is False
        assert the_domain(scan(port, transfer_port=free_port())).transfer is False


def test_a_private_address_in_the_zone_is_seen():
    with name_server(BARE + "kiosk 60 A 10.1.2.3\n", "parking.example.") as port:
        facts = scan(port, "kiosk.parking.example", open_ports=())
    assert the_domain(facts).private_addresses == ("10.1.2.3",)


def test_two_policies_are_not_one():
    two = '_dmarc 60 TXT "v=DMARC1; p=reject"\n_dmarc 60 TXT "v=DMARC1; p=none"\n'
    with name_server(BARE + two, "parking.example.") as port:
        domain = the_domain(scan(port))
    assert (len(domain.dmarc), domain.dmarc_policy) == (2, "")


def test_what_is_not_answered_is_not_known():
    with name_server(SAFE, "parking.example.", refuses=("TXT", "CAA", "DS")) as port:
        facts = scan(port)
    domain = the_domain(facts)
    fields = {gap.path.removeprefix("domains[dns/parking.example].") for gap in facts.gaps}
    assert fields == {"spf", "dmarc", "dkim", "caa", "signed"}
    assert {repr(getattr(domain, field)) for field in [*fields, "dmarc_policy"]} == {"UNKNOWN"}


@pytest.mark.parametrize("name", ["", "127.0.0.1", "::1", "kiosk-7"])
def test_a_host_without_a_dns_name_has_no_zone_and_asks_nobody(name):
    assert scan(free_port(), name).domains == ()


def test_a_resolver_that_does_not_answer_is_said_to():
    scanner, target = DnsScanner(), Target(address="a.example", name="a.example")
    for resolver in (f"127.0.0.1:{free_port()}", "not an address"):
        with pytest.raises(ScanError, match="resolver"):
            scanner.scan(target, Means(timeout=0.3, resolvers=(resolver,)))


def test_a_spared_port_is_not_asked_for_the_zone():
    with name_server(BARE, "parking.example.") as port, socket.create_server(("127.0.0.1", 0)) as device:
        device.settimeout(0)
        number = device.getsockname()[1]
        facts = scan(port, transfer_port=number, spared=frozenset({number}))
        with pytest.raises(BlockingIOError):
            device.accept()
    assert not isinstance(the_domain(facts).transfer, bool)
    (gap,) = (gap for gap in facts.gaps if gap.path.endswith(".transfer"))
    assert f"tcp/{number} was spared" in gap.detail
