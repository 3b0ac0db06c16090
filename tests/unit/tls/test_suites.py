"""The table of suites, and what is read out of the names."""

import re
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519

from scanners.tls.facts import Suite
from scanners.tls.groups import NAMES, SHARES
from scanners.tls.suites import POPULAR, SSL2, SSL3, TLS12, TLS13, names, offered, traits


def test_the_table_holds_the_registry():
    registered = [code for code in names() if code <= 0xFFFF and "DRAFT" not in names()[code]]
    assert len(registered) >= 350


def test_no_name_stands_twice():
    assert len(set(names().values())) == len(names())


def test_the_table_agrees_with_openssl():
    command = ["openssl", "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
    theirs = {int(a + b, 16): name for a, b, name in re.findall(r"0x(..),0x(..) - (\S+)", listed)}
    assert len(theirs) > 100
    assert {code: names().get(code) for code in theirs} == theirs


@pytest.mark.parametrize("code", sorted(names()))
def test_every_suite_can_be_described(code):
    suite = Suite(**traits(code, TLS12))
    assert 0 <= suite.bits <= 256
    assert suite.encryption
    assert (suite.encryption == "NULL") == (suite.bits == 0)
    assert not (suite.aead and suite.bits < 128)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (0x0003, ("RSA", "RSA", "RC4_40", 40, False, False, True)),
        (0x000A, ("RSA", "RSA", "3DES_EDE_CBC", 112, False, False, False)),
        (0x0018, ("DHE", "anonymous", "RC4_128", 128, False, True, False)),
        (0x0028, ("KRB5", "KRB5", "RC4_40", 40, False, False, True)),
        (0x0062, ("RSA", "RSA", "DES_CBC", 56, False, False, True)),
        (0x0081, ("GOST", "GOST", "28147_CNT", 256, False, False, False)),
        (0x1302, ("any", "any", "AES_256_GCM", 256, True, True, False)),
        (0xC0B4, ("any", "any", "NULL", 0, False, True, False)),
        (0xC0AA, ("DHE_PSK", "PSK", "AES_128_CCM_8", 128, True, True, False)),
        (0xC01F, ("SRP", "DSS", "AES_128_CBC", 128, False, False, False)),
        (0xC02C, ("ECDHE", "ECDSA", "AES_256_GCM", 256, True, True, False)),
        (0xCCA8, ("ECDHE", "RSA", "CHACHA20_POLY1305", 256, True, True, False)),
        (0x0300, None),
        (0x040080, ("RSA", "RSA", "RC2_128_CBC_EXPORT40", 40, False, False, True)),
    ],
)
def test_a_suite_tells_what_it_is(code, told):
    if told is None:
        assert code not in names()
        return
    suite = Suite(**traits(code, TLS12))
    assert told == (
        *(suite.key_exchange, suite.authentication, suite.encryption, suite.bits),
        *(suite.aead, suite.forward_secrecy, suite.export),
    )


def test_each_suite_is_offered_where_it_belongs():
    everything = set(offered(SSL2)) | set(offered(TLS12)) | set(offered(TLS13))
    assert everything == set(names()) - {0}
    assert offered(SSL3) == offered(TLS12)
    assert not set(offered(TLS12)) & set(offered(TLS13))
    assert len(set(offered(TLS12))) == len(offered(TLS12))
    assert offered(TLS12)[: len(POPULAR)] == POPULAR
    assert offered(TLS13)[:3] == (0x1301, 0x1302, 0x1303)


def test_every_group_has_one_name():
    assert len(set(NAMES.values())) == len(NAMES)
    assert {4587, 4588, 4589} <= set(NAMES)


def test_the_key_shares_of_nobody_are_points_of_their_curves():
    for group, curve in ((23, ec.SECP256R1()), (24, ec.SECP384R1()), (25, ec.SECP521R1())):
        assert ec.EllipticCurvePublicKey.from_encoded_point(curve, SHARES[group]).curve.name == NAMES[group]
    assert x25519.X25519PublicKey.from_public_bytes(SHARES[29])
    assert x448.X448PublicKey.from_public_bytes(SHARES[30])
