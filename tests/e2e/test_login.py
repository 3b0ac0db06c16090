import getpass

from tests.e2e.command import compliance
from tests.servers.ssh import ssh_server


def settings(folder, server, **other):
    """A settings file for that server, with its keys and pins."""
    lines = {
        "port": server.port,
        "keys": f"['{server.key}']",
        "known_hosts": f"'{server.known_hosts}'",
        **other,
    }
    file = folder / "settings.toml"
    file.write_text("[ssh]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()))
    return str(file)


def test_a_host_is_seen_from_inside_over_ssh(tmp_path):
    with ssh_server(tmp_path / "ssh") as server:
        words = ("scan", "127.0.0.1", "--login", getpass.getuser(), "--scanners", "packages,config")
        done = compliance(*words, "--format", "json", "--config", settings(tmp_path, server), state=tmp_path)
    assert done.code in {1, 3}
    assert not [blank for blank in done.document["not_seen"] if blank["path"] == ""]
    root = [r for r in done.document["results"] if r["rule"] == "accounts-root-only"]
    assert [r["result"] for r in root] == ["pass"]


def test_a_host_whose_key_is_not_pinned_is_not_seen(tmp_path):
    with ssh_server(tmp_path / "ssh") as server:
        words = (
            "scan",
            "127.0.0.1",
            "--login",
            getpass.getuser(),
            "--scanners",
            "config",
            "--format",
            "json",
        )
        nobody = settings(tmp_path, server, known_hosts=f"'{tmp_path / 'empty'}'")
        done = compliance(*words, "--config", nobody, state=tmp_path)
    assert done.code == 3
    assert [blank["reason"] for blank in done.document["not_seen"]] == ["host-key"]
    assert {r["result"] for r in done.document["results"]} == {"unknown"}


def test_a_first_contact_is_pinned_on_request_and_then_held_to(tmp_path):
    pins = tmp_path / "pins"
    with ssh_server(tmp_path / "ssh") as server:
        words = (
            "scan",
            "127.0.0.1",
            "--login",
            getpass.getuser(),
            "--scanners",
            "config",
            "--format",
            "json",
        )
        trusting = settings(tmp_path, server, known_hosts=f"'{pins}'", host_keys="'tofu'")
        first = compliance(*words, "--config", trusting, state=tmp_path)
        strict = settings(tmp_path, server, known_hosts=f"'{pins}'")
        second = compliance(*words, "--config", strict, state=tmp_path)
    assert "host key pinned at first contact" in first.err
    assert pins.read_text().startswith(f"[127.0.0.1]:{server.port} ssh-")
    assert not [blank for blank in second.document["not_seen"] if blank["path"] == ""]


def test_a_key_file_that_is_missing_is_the_hosts_trouble_and_not_a_trace(tmp_path):
    with ssh_server(tmp_path / "ssh") as server:
        words = ("scan", "127.0.0.1", "--login", "nobody-here", "--scanners", "config", "--format", "json")
        wrong = settings(tmp_path, server, keys=f"['{tmp_path / 'no-key'}']")
        done = compliance(*words, "--config", wrong, state=tmp_path)
    assert done.code == 3
    (blank,) = done.document["not_seen"]
    assert blank["reason"] == "refused-login"
    assert "no-key" in blank["detail"]
