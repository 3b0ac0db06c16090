"""What server programs are set to do, from files through the collector's sieves; no secret passes."""

import shutil
from pathlib import Path

import pytest

from scanners.config import config_facts
from scanners.config.facts import ConfigFacts
from scanners.config.servers.apache import parse_protocols
from scanners.config.servers.nginx import nginx
from scanners.config.servers.places import is_far, split_place
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps
from tests.unit.hosts.planted import (
    APACHE,
    APACHE_PROGRAM,
    MARIADB_PROGRAM,
    MOSQUITTO,
    NGINX,
    NGINX_PROGRAM,
    POSTGRES,
    REDIS,
    SECRET,
    SNMP,
)
from tests.unit.hosts.rooted import collected


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> tuple[ConfigFacts, str, Path]:
    root = tmp_path_factory.mktemp("root")
    files = NGINX | REDIS | MOSQUITTO | POSTGRES | SNMP | APACHE
    programs = {
        "/usr/sbin/nginx": NGINX_PROGRAM,
        "/usr/sbin/apache2": APACHE_PROGRAM,
        "/usr/sbin/mariadbd": MARIADB_PROGRAM,
        "/usr/bin/redis-server": "",
        "/usr/sbin/mosquitto": "echo 'mosquitto version 2.0.11'",
        "/usr/sbin/snmpd": "",
        "/usr/lib/postgresql/15/bin/postgres": "",
    }
    cut, text = collected(root, files, programs)
    return config_facts(cut), text, root


def by_locus(found):
    return {fact.locus: fact for fact in found}


def test_no_planted_secret_leaves_the_host(host) -> None:
    facts, text, root = host
    planted = [
        path
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and SECRET.encode() in path.read_bytes()
    ]
    assert len(planted) >= 12
    assert SECRET not in text
    assert SECRET not in repr(facts)


def test_asking_changes_nothing(host) -> None:
    assert not (host[2] / "nginx-was-run").exists()


def test_sites_of_nginx_inherit_from_what_stands_around_them(host) -> None:
    sites = by_locus(host[0].web_sites)
    api = sites["site/nginx/*:443/api.example"]
    assert (api.tls, api.protocols, api.ciphers) == (True, ("TLSv1.2", "TLSv1.3"), "ECDHE+AESGCM:!aNULL")
    assert api.hsts_seconds == 0, "/files/ has headers of its own, so it loses that of the server"
    assert api.listings == ("/files/",)
    assert api.status_pages == ("/open_status",)
    assert api.unlogged == ("= /favicon.ico",)
    assert api.plain_upstreams == ("proxy 10.0.0.5:8080",)
    assert api.body_limit == 0
    assert not api.only_redirects
    b = sites["site/nginx/127.0.0.1:8080/b.example"]
    assert (b.access_log, b.loopback, b.only_redirects, b.hsts_seconds) == (False, True, False, 31536000)
    assert b.body_limit == 1 << 20
    assert sites["site/nginx/*:80/a.example"].only_redirects
    assert sites["site/nginx/*:80/c.example"].only_redirects
    assert sites["site/nginx/*:80/a.example"].access_log


def test_nginx_itself_is_told(host) -> None:
    server = by_locus(host[0].web_servers)["web/nginx"]
    assert (server.version, server.user, server.running, server.waf) == ("1.26.3", "www-data", False, False)
    assert not server.version_hidden, "one site turns server_tokens on again"


@pytest.mark.parametrize(
    ("version", "protocols"),
    [
        ("1.22.1", ("TLSv1", "TLSv1.1", "TLSv1.2")),
        ("1.26.3", ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        ("1.28.0", ("TLSv1.2", "TLSv1.3")),
    ],
)
def test_the_default_protocols_of_nginx_are_those_of_its_version(
    version: str, protocols: tuple[str, ...]
) -> None:
    text = "R /etc/nginx/nginx.conf\nF /etc/nginx/nginx.conf\n|; user\tnginx\n|{ http\n|{ server\n"
    text += f"|; listen\t443\tssl\n|}}\n|}}\nV {version}\n"
    server, (site,) = nginx(text, Gaps())
    assert site.protocols == protocols
    assert (server.user, server.version_hidden, server.error_log, server.running) == (
        "nginx",
        False,
        True,
        False,
    )


def test_a_hidden_include_leaves_sites_not_known() -> None:
    text = (
        "V 1.26.3\nR /etc/nginx/nginx.conf\nF /etc/nginx/nginx.conf\n|{ http\n|; include\tconf.d/*.conf\n|}\n"
    )
    text += "N /etc/nginx/conf.d/*.conf\n"
    gaps = Gaps()
    assert gaps.fact("web_servers", lambda: nginx(text, gaps)) is UNKNOWN
    assert [gap.reason for gap in gaps.found] == [Reason.NOT_PERMITTED]


def test_virtual_hosts_of_apache_are_told_with_conditions_resolved(host) -> None:
    sites = {locus: site for locus, site in by_locus(host[0].web_sites).items() if site.product == "apache"}
    assert set(sites) == {"site/apache/*:80/a.example", "site/apache/*:443/a.example", "site/apache/*:8080/_"}
    plain, secure = sites["site/apache/*:80/a.example"], sites["site/apache/*:443/a.example"]
    assert (plain.only_redirects, plain.access_log, plain.tls) == (True, True, False)
    assert plain.log_fields == ("address", "request", "status", "time", "user")
    assert (secure.tls, secure.protocols, secure.hsts_seconds) == (True, ("TLSv1.2", "TLSv1.3"), 63072000)
    assert secure.plain_upstreams == ("http 10.0.0.9:8080",)
    assert secure.listings == ("/var/www/",)
    assert secure.status_pages == ("/server-status",)
    assert not secure.access_log
    server = by_locus(host[0].web_servers)["web/apache"]
    assert (server.version_hidden, server.trace, server.user, server.waf) == (True, False, "www-data", False)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("all", "-SSLv3"), ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")),
        (("-all", "+TLSv1.2", "+tlsv1.3"), ("TLSv1.2", "TLSv1.3")),
        (("TLSv1", "TLSv1.2"), ("TLSv1.2",)),
        (("all", "+SSLv3", "-TLSv1.3"), ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2")),
    ],
)
def test_sslprotocol_adds_takes_and_replaces(words: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert parse_protocols(words) == left


def test_postgres_settings_win_in_their_order(host) -> None:
    cluster = by_locus(host[0].databases)["database/postgres/15/main"]
    assert (cluster.version, cluster.port, cluster.tls) == ("15", 5433, False)
    assert (cluster.addresses, cluster.loopback) == (("*",), False)
    assert cluster.password_form == "scram-sha-256"
    assert (cluster.logs_connections, cluster.logs_disconnections, cluster.logs_statements) == (
        True,
        True,
        "ddl",
    )
    assert cluster.directory_mode == 0o755
    assert not cluster.tls_required
    assert cluster.password_required, "trust stands for this machine alone"


def test_lines_of_pg_hba_are_typed(host) -> None:
    lines = list(host[0].postgres_access)
    assert [(line.kind, line.method, line.from_anywhere, line.from_here) for line in lines] == [
        ("local", "peer", False, True),
        ("host", "trust", False, True),
        ("hostssl", "scram-sha-256", False, False),
        ("host", "md5", True, False),
        ("host", "ldap", True, False),
    ]
    assert lines[2].address == "10.0.0.0/255.255.255.0"
    assert (lines[2].databases, lines[2].users) == ("parking", "gate")


def test_mariadb_tells_its_own_options(host) -> None:
    server = by_locus(host[0].databases)["database/mariadb/main"]
    assert (server.version, server.addresses, server.port) == ("10.11.6", ("*",), 3306)
    assert (server.password_required, server.tls_required, server.tls) == (False, True, False)
    assert (server.local_infile, server.logs_connections, server.logs_statements) == (False, True, "all")


def test_redis_follows_includes_and_users(host) -> None:
    found = by_locus(host[0].databases)
    opened, locked = found["database/redis/redis"], found["database/redis/locked"]
    assert (opened.addresses, opened.protected, opened.password_required) == (("*",), False, False)
    assert opened.renamed_commands == ("CONFIG", "FLUSHALL")
    assert (locked.port, locked.tls, locked.tls_required, locked.loopback) == (6380, True, True, True)
    assert locked.password_required
    assert locked.protected


def test_listeners_of_mosquitto_have_their_own_words(host) -> None:
    brokers = by_locus(host[0].brokers)
    plain, secure = brokers["broker/*:1883"], brokers["broker/192.0.2.1:8883"]
    assert (plain.anonymous, plain.tls, plain.loopback, plain.access_list) == (True, False, False, False)
    assert (secure.anonymous, secure.tls, secure.client_certificates, secure.access_list) == (
        False,
        True,
        True,
        True,
    )
    assert secure.tls_version == "tlsv1.2"


def test_snmp_names_only_the_communities_of_vendors(host) -> None:
    snmp = host[0].snmp
    assert (snmp.installed, snmp.communities, snmp.vendor_communities, snmp.writable) == (
        True,
        3,
        ("public",),
        True,
    )


def test_a_host_without_servers_has_none(tmp_path: Path) -> None:
    cut, _ = collected(tmp_path, {"/etc/passwd": "root:x:0:0::/root:/bin/sh\n"})
    facts = config_facts(cut)
    assert (
        facts.web_servers
        == facts.web_sites
        == facts.databases
        == facts.postgres_access
        == facts.brokers
        == ()
    )
    assert not facts.snmp.installed
    assert not any(gap.path.startswith(("web_", "databases", "brokers", "snmp")) for gap in facts.gaps)


@pytest.mark.parametrize("program", ["nginx", "postgres", "redis-server", "mosquitto"])
def test_the_files_that_debian_ships_are_understood(program: str, tmp_path: Path) -> None:
    folder = {"nginx": "nginx", "postgres": "postgresql", "redis-server": "redis", "mosquitto": "mosquitto"}[
        program
    ]
    if not Path("/etc", folder).is_dir():
        pytest.skip(f"{program} is not installed here")
    shutil.copytree(f"/etc/{folder}", tmp_path / "etc" / folder, symlinks=True)
    data = tmp_path / "var/lib/postgresql/15/main"
    data.mkdir(parents=True)
    programs = {
        "nginx": {"/usr/sbin/nginx": NGINX_PROGRAM},
        "postgres": {"/usr/lib/postgresql/15/bin/postgres": ""},
        "redis-server": {"/usr/bin/redis-server": ""},
        "mosquitto": {"/usr/sbin/mosquitto": "echo 'mosquitto version 2.0.11'"},
    }
    facts = config_facts(collected(tmp_path, {}, programs[program])[0])
    seen = {
        "nginx": facts.web_sites,
        "postgres": facts.databases,
        "redis-server": facts.databases,
        "mosquitto": facts.brokers,
    }[program]
    assert seen
    assert not isinstance(seen, PartialList)


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("443", ("*", 443)),
        ("[::]:80", ("*", 80)),
        ("[2001:db8::1]", ("2001:db8::1", 80)),
        ("_default_:443", ("*", 443)),
        ("h.example:8080", ("h.example", 8080)),
        ("0.0.0.0", ("*", 80)),
    ],
)
def test_places_are_split(word: str, place: tuple[str, int]) -> None:
    assert split_place(word, 80) == place


def test_origins_on_other_machines_are_far() -> None:
    assert is_far("http://10.0.0.1:80")
    assert is_far("[2001:db8::1]:80")
    assert not is_far("http://[::1]:80")
    assert not is_far("unix:/run/x")
    assert not is_far("localhost:8080")
