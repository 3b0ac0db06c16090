"""The collector against keys, grants and loose files planted in a mount namespace of its own."""

import os
import subprocess
from pathlib import Path

import pytest

from scanners.config import config_facts
from scanners.config.facts import ConfigFacts
from scanners.kit.collector import script, sections
from scanners.kit.shell import Said

PLANT = """
mount --make-rprivate / && mount -t tmpfs none /root && mount -t tmpfs none /etc/sudoers.d || exit 9
mount -t tmpfs none /opt && mount -t tmpfs none /etc/ssl/private || exit 9
mkdir -m 700 /root/.ssh && cd /root/.ssh || exit 9
ssh-keygen -q -t ed25519 -N "" -C open -f id_ed25519
ssh-keygen -q -t ed25519 -N secret -C shut -f id_shut
ssh-keygen -q -t rsa -b 1024 -m PEM -N "" -f id_pem
ssh-keygen -q -t rsa -b 1024 -m PEM -N secret -f id_pemshut
printf '# a comment\n\nfrom="10.0.0.0/8",restrict ' >authorized_keys
cat id_ed25519.pub id_pem.pub >>authorized_keys
printf 'daemon ALL=(ALL) NOPASSWD: ALL\\n' >/etc/sudoers.d/50-daemon
printf 'bin ALL=(ALL) ALL\\n' >/etc/sudoers.d/off.bak
echo x >/opt/open; chmod 666 /opt/open; echo x >/opt/lost; chown 64999:64999 /opt/lost
cp /usr/bin/true /opt/rootly; chmod 4755 /opt/rootly; echo k >/etc/ssl/private/www.key
chmod 700 /etc/ssl/private; chmod 644 /etc/ssl/private/www.key; echo machine >/root/.netrc
exec /bin/sh -s
"""


@pytest.fixture(scope="module")
def planted() -> ConfigFacts:
    if os.geteuid() != 0:
        pytest.skip("mounting over folders in a namespace of its own needs root")
    if not Path("/etc/sudoers.d").is_dir() or not Path("/etc/ssl/private").is_dir():
        pytest.skip("the set-up for tests installs sudo and openssl")
    run = subprocess.run(
        ["unshare", "-m", "/bin/sh", "-c", PLANT],
        input=script("m"),
        capture_output=True,
        timeout=100,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
    )
    if b"unshare failed" in run.stderr or b"mount:" in run.stderr:
        pytest.skip(f"no mount namespace here: {run.stderr.decode(errors='replace').strip()}")
    assert run.returncode == 0, run.stderr
    return config_facts(sections(Said(stdout=run.stdout), "m"))


def test_planted_keys_are_found_with_their_options(planted: ConfigFacts) -> None:
    mine = [key for key in planted.ssh_keys if key.account == "root"]
    first = mine[0]
    assert (first.kind, first.bits, first.comment, first.sources, first.options) == (
        "ssh-ed25519",
        256,
        "open",
        ("10.0.0.0/8",),
        ("from", "restrict"),
    )
    assert (mine[1].kind, mine[1].bits) == ("ssh-rsa", 1024)
    root = next(a for a in planted.accounts if a.name == "root")
    assert (root.authorized_keys, root.home_mode, root.trust_files) == (2, 0o1777, (".netrc",))


def test_private_keys_are_told_apart_by_their_passphrase_in_both_formats(planted: ConfigFacts) -> None:
    assert {key.path.rpartition("/")[2]: key.has_passphrase for key in planted.private_keys} == {
        "id_ed25519": False,
        "id_shut": True,
        "id_pem": False,
        "id_pemshut": True,
    }


def test_a_planted_grant_is_found_and_a_file_that_sudo_passes_over_is_not(planted: ConfigFacts) -> None:
    grants = {grant.who: grant for grant in planted.sudo.grants}
    assert (grants["daemon"].asks_password, grants["daemon"].services) == (False, ("daemon",))
    assert "bin" not in grants


def test_loose_files_and_a_program_of_root_are_found(planted: ConfigFacts) -> None:
    assert "/opt/open" in tuple.__iter__(planted.loose.world_writable)
    assert "/opt/lost" in tuple.__iter__(planted.loose.unowned)
    program = next(file for file in planted.loose.suid if file.path == "/opt/rootly")
    assert (program.owner, program.mode) == ("root", 0o4755)
    key = next(file for file in planted.files if file.path == "/etc/ssl/private/www.key")
    assert (key.world_readable, key.world_writable) == (True, False)
