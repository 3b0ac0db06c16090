"""Keys and groups that real SSH servers show in an exchange that is begun and left."""

import subprocess
from datetime import UTC, datetime

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import UNKNOWN, PartialList, Reason
from scanners.ssh.hostkey import read_key
from tests.contract.test_ssh import asyncssh_server, scan, the_endpoint
from tests.servers.ssh import ssh_server


def keygen(*words):
    ran = subprocess.run(["ssh-keygen", "-q", *map(str, words)], check=True, timeout=60, capture_output=True)
    return ran.stdout.decode()


def new_key(path, kind, bits=0):
    keygen("-t", kind, *(("-b", bits) if bits else ()), "-N", "", "-C", "test", "-f", path)
    return path


def fingerprint(path):
    return subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{path}.pub"], check=True, timeout=30, capture_output=True, text=True
    ).stdout.split()[1]


@pytest.mark.parametrize("bits", [1024, 2048, 3072])
def test_an_rsa_key_has_the_length_it_was_made_with(tmp_path, bits):
    key = new_key(tmp_path / "rsa", "rsa", bits)
    with ssh_server(tmp_path / "ssh", more=f"HostKey {key}\n") as server:
        facts = scan(server.port)
    assert facts.gaps == ()
    shown = {each.locus: each for each in the_endpoint(facts).keys}
    assert set(shown) == {"ssh-rsa", "ssh-ed25519"}
    assert (shown["ssh-rsa"].algorithm, shown["ssh-rsa"].bits) == ("rsa", bits)
    assert shown["ssh-rsa"].fingerprint == fingerprint(key)
    assert (shown["ssh-ed25519"].bits, shown["ssh-ed25519"].certificate) == (256, False)
    assert shown["ssh-ed25519"].fingerprint == fingerprint(server.host_key)


@pytest.mark.parametrize("bits", [256, 384, 521])
def test_a_key_over_a_curve_has_the_length_of_the_curve(tmp_path, bits):
    key = new_key(tmp_path / "ecdsa", "ecdsa", bits)
    with ssh_server(tmp_path / "ssh", more=f"HostKey {key}\n") as server:
        (shown, _) = sorted(the_endpoint(scan(server.port)).keys, key=lambda each: each.locus)
    assert (shown.locus, shown.algorithm, shown.bits) == (f"ecdsa-sha2-nistp{bits}", "ecdsa", bits)
    assert shown.fingerprint == fingerprint(key)


def test_a_certificate_tells_who_signed_it_for_whom_and_until_when(tmp_path):
    authority, key = new_key(tmp_path / "ca", "ed25519"), new_key(tmp_path / "rsa", "rsa", 2048)
    keygen(
        *("-s", authority, "-I", "gate", "-h", "-n", "gate-7,gate-7.example"),
        *("-V", "20260101000000Z:20270101000000Z", f"{key}.pub"),
    )
    lines = f"HostKey {key}\nHostCertificate {key}-cert.pub\n"
    with ssh_server(tmp_path / "ssh", more=lines) as server:
        facts = scan(server.port)
    (shown,) = (each for each in the_endpoint(facts).keys if each.certificate)
    assert (shown.locus, shown.algorithm, shown.bits) == ("ssh-rsa-cert-v01@openssh.com", "rsa", 2048)
    assert shown.fingerprint == fingerprint(key)
    assert shown.authority == fingerprint(authority)
    assert shown.principals == ("gate-7", "gate-7.example")
    assert shown.valid_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert shown.valid_until == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_certificate_without_an_end_lasts_as_long_as_the_calendar(tmp_path):
    authority, key = new_key(tmp_path / "ca", "rsa", 2048), new_key(tmp_path / "ed", "ed25519")
    keygen("-s", authority, "-I", "gate", "-h", f"{key}.pub")
    lines = f"HostKey {key}\nHostCertificate {key}-cert.pub\n"
    with ssh_server(tmp_path / "ssh", more=lines) as server:
        (shown,) = (each for each in the_endpoint(scan(server.port)).keys if each.certificate)
    assert (shown.principals, shown.valid_from.year, shown.valid_until.year) == ((), 1970, 9999)


def test_groups_are_known_by_name_and_that_of_an_exchange_by_asking(tmp_path):
    names = "diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512"
    lines = f"KexAlgorithms curve25519-sha256,{names},diffie-hellman-group-exchange-sha256\n"
    with ssh_server(tmp_path / "ssh", more=lines) as server:
        facts = scan(server.port)
    found = {group.locus: group.bits for group in the_endpoint(facts).dh_groups}
    assert facts.gaps == ()
    given_bits = found.pop("diffie-hellman-group-exchange-sha256")
    assert 2048 <= given_bits <= 3072
    assert found == dict(zip(names.split(","), (2048, 4096, 8192), strict=True))
    assert the_endpoint(facts).keys


def test_a_short_group_is_given_away_by_whoever_has_one():
    algorithms = ["curve25519-sha256", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group1-sha1"]
    with asyncssh_server(kex_algs=algorithms) as port:
        (exchange, fixed) = the_endpoint(scan(port)).dh_groups
    assert (exchange.locus, exchange.bits) == ("diffie-hellman-group-exchange-sha256", 1024)
    assert (fixed.locus, fixed.bits) == ("diffie-hellman-group1-sha1", 1024)


def test_a_server_without_such_groups_has_none(tmp_path):
    with ssh_server(tmp_path / "ssh", more="KexAlgorithms curve25519-sha256\n") as server:
        assert the_endpoint(scan(server.port)).dh_groups == ()


@pytest.mark.parametrize(
    "method", ["ecdh-sha2-nistp256", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha1"]
)
@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")  # said by asyncssh, of itself
def test_keys_are_shown_whatever_the_exchange_is(tmp_path, method):
    with ssh_server(tmp_path / "ssh", more=f"KexAlgorithms {method}\n") as server:
        (key,) = the_endpoint(scan(server.port)).keys
    assert key.fingerprint == fingerprint(server.host_key)


def test_behind_an_exchange_that_cannot_be_begun_keys_are_known_by_name_or_not_at_all(tmp_path):
    key = new_key(tmp_path / "rsa", "rsa", 2048)
    lines = f"KexAlgorithms sntrup761x25519-sha512@openssh.com\nHostKey {key}\n"
    with ssh_server(tmp_path / "ssh", more=lines) as server:
        facts = scan(server.port)
    endpoint = the_endpoint(facts)
    assert isinstance(endpoint.keys, PartialList)
    (known,) = tuple.__iter__(endpoint.keys)
    assert (known.locus, known.bits, known.fingerprint) == ("ssh-ed25519", 256, UNKNOWN)
    paths = {gap.path for gap in facts.gaps if gap.reason is Reason.UNSUPPORTED}
    assert paths == {
        f"endpoints[{endpoint.locus}].keys",
        f"endpoints[{endpoint.locus}].keys[ssh-ed25519].fingerprint",
    }


def test_a_server_with_many_kinds_is_asked_for_few_and_the_list_is_whole_all_the_same(tmp_path):
    lines = ""
    for bits in (256, 384, 521):
        lines += f"HostKey {new_key(tmp_path / f'ecdsa{bits}', 'ecdsa', bits)}\n"
    lines += f"HostKey {new_key(tmp_path / 'rsa', 'rsa', 2048)}\n"
    with ssh_server(tmp_path / "ssh", more=lines + "KexAlgorithms curve25519-sha256\n") as server:
        facts = scan(server.port)
        log = (tmp_path / "ssh" / "sshd.log").read_text()
    keys = the_endpoint(facts).keys
    assert {key.locus for key in keys if isinstance(key.bits, int)} == {
        *("ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
    }
    (gap,) = facts.gaps
    assert gap.path.endswith(".fingerprint")
    assert log.count("Connection from") <= 7


def test_a_key_of_a_kind_that_nobody_knows_has_no_length():
    key = read_key(b"\0\0\0\x08ssh-new!\0\0\0\x01x")
    assert (key.algorithm, key.bits) == ("other", UNKNOWN)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_key_or_a_value_error(blob):
    try:
        assert read_key(blob).fingerprint.startswith("SHA256:")
    except ValueError:
        return


def test_a_certificate_cut_anywhere_is_a_value_error_and_not_a_short_key(tmp_path):
    key = asyncssh.generate_private_key("ssh-ed25519")
    blob = key.generate_host_certificate(key, "gate", principals=["gate-7"]).public_data
    whole = read_key(blob)
    assert whole.certificate
    for length in range(len(blob)):
        try:
            assert read_key(blob[:length]) == whole  # only the signature, which is not read, may be missing
            assert length > len(blob) - 100
        except ValueError:
            continue
