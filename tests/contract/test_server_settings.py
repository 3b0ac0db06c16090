"""Servers that run, each from a file of its own: the collector finds the file and tells what holds."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanners.config import config_facts
from scanners.config.facts import ConfigFacts
from scanners.facts import PartialList
from scanners.kit.collector import collect
from scanners.kit.shell import LocalShell
from tests.servers.tls import HERE, free_port, wait_for_port

SECRET = "Hunter2-planted"


def look() -> tuple[ConfigFacts, str]:
    sections = collect(LocalShell(), 60)
    return config_facts(sections), "".join(part.text for part in sections.named.values())


def listed(found: tuple) -> dict:
    return {fact.locus: fact for fact in tuple.__iter__(found)}


@contextlib.contextmanager
def program(*words: object, user: str | None = None) -> Iterator[None]:
    process = subprocess.Popen(
        [str(word) for word in words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
        cwd="/",
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_nginx_that_runs_from_a_file_of_its_own_is_told_by_it(tmp_path: Path) -> None:
    port = free_port()
    conf = tmp_path / "own.conf"
    temporary = "\n".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "a").write_text(
        f"server {{ listen {HERE}:{port}; server_name own.example; server_tokens off;\n"
        f"location / {{ proxy_set_header X-Key {SECRET}; proxy_pass http://127.0.0.1:1; }} }}\n"
    )
    conf.write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/log; events {{ }}\n"
        f"http {{ access_log off; {temporary}\ninclude {tmp_path}/sites/*; }}\n"
    )
    with program(shutil.which("nginx") or "/usr/sbin/nginx", "-e", tmp_path / "log", "-c", conf):
        wait_for_port(port)
        facts, text = look()
    site = listed(facts.web_sites)[f"site/nginx/{HERE}:{port}/own.example"]
    assert (site.loopback, site.access_log, site.plain_upstreams, site.tls) == (True, False, (), False)
    assert SECRET not in text
    (here,) = [socket for socket in facts.sockets if socket.port == port]
    assert here.process == "nginx"


def test_mosquitto_that_runs_from_a_file_of_its_own_is_told_by_it(tmp_path: Path) -> None:
    port = free_port()
    conf = tmp_path / "mosquitto.conf"
    conf.write_text(f"listener {port} {HERE}\nallow_anonymous true\n")
    tmp_path.chmod(0o755)
    with program(shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", conf):
        wait_for_port(port)
        facts, _ = look()
    broker = listed(facts.brokers)[f"broker/{HERE}:{port}"]
    assert (broker.anonymous, broker.tls, broker.loopback) == (True, False, True)


def test_a_redis_without_a_file_that_can_be_found_leaves_the_list_short(tmp_path: Path) -> None:
    port = free_port()
    with program("redis-server", "--port", port, "--bind", HERE, "--dir", tmp_path, "--requirepass", SECRET):
        wait_for_port(port)
        facts, text = look()
    assert isinstance(facts.databases, PartialList)
    assert any(gap.path == "databases" and str(port) in gap.detail for gap in facts.gaps)
    assert SECRET not in text


def test_postgres_that_runs_is_told_by_files_and_words_in_their_order() -> None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if os.geteuid() != 0 or not found:
        pytest.skip("PostgreSQL runs as a user of its own, and only root can become that")
    programs = found[-1].parent
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        (Path(folder) / "word").write_text(f"{SECRET}\n")
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        subprocess.run(
            [programs / "initdb", "-D", data, "-A", "scram-sha-256", f"--pwfile={folder}/word", "-N"],
            check=True,
            capture_output=True,
            user="postgres",
            cwd="/",
        )
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(
                f"log_statement = 'ddl'\nlog_connections = off\nprimary_conninfo = 'password={SECRET}'\n"
            )
        with (data / "pg_hba.conf").open("a") as hba:
            hba.write(f"host all all 192.0.2.0/24 ldap ldapserver=x ldapbasedn=x ldapbindpasswd={SECRET}\n")
        words = ("-D", data, "-c", "log_connections=on", "-h", HERE, "-p", port, "-k", folder)
        with program(programs / "postgres", *words, user="postgres"):
            wait_for_port(port)
            facts, text = look()
        (cluster,) = [one for one in listed(facts.databases).values() if one.port == port]
        lines = [line for line in facts.postgres_access if str(data) in line.locus]
    assert (cluster.running, cluster.logs_connections, cluster.logs_statements) == (True, True, "ddl")
    assert (cluster.password_form, cluster.directory_mode, cluster.loopback) == ("scram-sha-256", 0o700, True)
    assert cluster.version == programs.parent.name
    assert [line.method for line in lines][-1] == "ldap"
    assert SECRET not in text
