"""A handshake that is finished by ourselves bears whatever a server says, and derives keys as others do."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.tls.finish import Anew, Spoilt
from scanners.tls.half import GROUPS
from scanners.tls.hello import RANDOM_BYTES, Hello
from scanners.tls.records import SUITES, Flaw, derived, kind_of, ways
from scanners.tls.suites import TLS10, TLS12
from scanners.tls.wire import WireError

OFFER = Hello(version=TLS12, suites=tuple(sorted(SUITES)), groups=GROUPS, extras=False)
SECRET, OURS, THEIRS = bytes(48), bytes(32), bytes([1]) * 32


def message(number, body):
    return bytes([number]) + len(body).to_bytes(3, "big") + body


def record(kind, body):
    return bytes([kind]) + b"\x03\x03" + len(body).to_bytes(2, "big") + body


hellos = st.sampled_from(OFFER.suites).map(
    lambda suite: message(2, b"\x03\x03" + bytes(32) + b"\x00" + suite.to_bytes(2, "big") + b"\x00")
)
exchanges = st.sampled_from(
    [
        b"\x03\x00\x1d\x20" + bytes(range(32)),
        b"\x03\x00\x17\x41\x04" + bytes(64),
        b"\x00\x02\x7f\xff" + b"\x00\x01\x02" + b"\x00\x01\x05",
        b"\x00\x01\x00" + b"\x00\x00" + b"\x00\x00",
    ]
).map(lambda body: message(12, body))
said = st.one_of(
    hellos.map(lambda body: record(22, body)),
    exchanges.map(lambda body: record(22, body)),
    st.sampled_from([message(14, b""), message(20, bytes(12)), message(13, b"\x00\x00\x00")]).map(
        lambda body: record(22, body)
    ),
    st.tuples(st.integers(0, 25), st.binary(max_size=80)).map(lambda pair: record(22, message(*pair))),
    st.just(record(20, b"\x01")),
    st.tuples(st.sampled_from([21, 22, 23]), st.binary(max_size=80)).map(lambda pair: record(*pair)),
    st.binary(max_size=40),
)


@settings(max_examples=300, deadline=None)
@given(hellos, st.lists(said, max_size=8))
def test_nothing_that_a_server_says_breaks_it(hello, rest):
    for finish in (Anew(OFFER, bytes(RANDOM_BYTES)), Spoilt(OFFER, bytes(RANDOM_BYTES), Flaw.MAC)):
        with contextlib.suppress(WireError):
            for words in (record(22, hello), *rest):
                finish.feed(words)
        assert not finish.asked  # nobody here has the keys


@settings(max_examples=100, deadline=None)
@given(st.lists(said, max_size=5))
def test_a_server_that_does_not_begin_with_a_hello_is_borne_too(words):
    finish = Anew(OFFER, bytes(RANDOM_BYTES))
    with contextlib.suppress(WireError):
        for one in words:
            finish.feed(one)
    assert not finish.begun


@pytest.mark.parametrize("version", [TLS10, TLS12])
@pytest.mark.parametrize("suite", sorted(SUITES))
def test_what_one_side_seals_the_other_opens(suite, version):
    kind = kind_of(suite, version)
    seal, _ = ways(kind, SECRET, OURS, THEIRS)
    _, open_ = ways(kind, SECRET, OURS, THEIRS)
    if kind.mode != "CBC":
        with pytest.raises(WireError):  # each side has a key of its own
            open_(23, seal(23, b"words"))
    assert len({seal(23, b"words") for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("digest", "size", "begins"),
    [("sha256", 100, "e3f229ba727be17b"), ("sha384", 148, "7b0c18e9ced410ed")],
)
def test_keys_are_derived_as_in_the_published_vectors(digest, size, begins):
    vectors = {
        "sha256": ("9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c"),
        "sha384": ("b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465"),
    }
    secret, seed = (bytes.fromhex(one) for one in vectors[digest])
    assert derived(digest, secret, b"test label", seed, size).hex().startswith(begins)
