"""Interfaces, name servers, proxies, accepted ports, and what AIDE or Wazuh compares, as hosts tell them."""

import pytest

from scanners.config import config_facts
from scanners.config.accepts import accepted
from scanners.config.facts import ConfigFacts
from scanners.config.network import parse_addresses, parse_proxies, parse_resolvers
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.collector import Gaps
from tests.unit.hosts.rooted import collected
from tests.unit.hosts.samples import dumped, said
from tests.unit.hosts.test_watch import NFT

IP = """echo '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever'
echo '2: eth0    inet 10.1.0.7/24 brd 10.1.0.255 scope global eth0\\       valid_lft forever'
echo '2: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever'
echo '3: wan@if2    inet 8.8.4.4/30 scope global wan'"""
FILES = {
    "/etc/resolv.conf": "# by hand\nsearch example\nnameserver 127.0.0.53\nnameserver 10.1.0.1\n",
    "/run/systemd/resolve/resolv.conf": "nameserver 10.1.0.53\nnameserver fe80::2%eth0\n",
    "/etc/environment": 'PATH="/bin"\nhttps_proxy=http://ann:Hunter2-planted@proxy.example:3128/\n',
    "/etc/apt/apt.conf.d/proxy": 'Acquire::http::Proxy "http://10.1.0.8:3142";\n// Acquire::x::Proxy "http://no";\n',
    "/etc/aide/aide.conf": """\
database_in=file:/var/lib/aide/aide.db
report_url=stdout
report_url=syslog:LOG_AUTH
Checks = p+i+u
/etc Checks
/usr/bin/.* Checks
/opt/kiosk$ Checks
=/srv Checks
!/var/log/.*\\.gz$
!/etc/cups(/.*)?
/lib/(x|y) Checks
""",
    "/etc/login.defs": "ENV_SUPATH\tPATH=/sbin:/bin\nENV_PATH PATH=/bin:/usr/games\n",
    "/etc/profile": 'if true\n  PATH="/usr/local/bin:.:$PATH"\nfi\nPATH=$(Hunter2-planted); X=1\n',
    "/etc/cron.allow": "root\n",
    "/etc/default/aide": "SECRET=Hunter2-planted\nMAILTO=root\n",
    "/var/ossec/etc/ossec.conf": """\
<ossec_config>
  <client><server><address>10.1.0.9</address></server></client>
  <syscheck>
    <directories realtime="yes">/bin,/boot</directories>
    <ignore>/etc/mtab</ignore>
    <ignore type="sregex">.log$|.swp$</ignore>
  </syscheck>
  <password>Hunter2-planted</password>
</ossec_config>
""",
}
UFW = """\
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:ufw-user-input - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -j ufw-user-input
-A INPUT -s 10.0.0.0/8 -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT
-A FORWARD -p tcp -m tcp --dport 25 -j REJECT
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-input -p udp -m multiport --dports 500,4500:4501 -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 30000:31000 -j ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp --dport 99 -j ACCEPT
COMMIT
"""
JUMPS = """\
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        tcp dport 5432 jump apps
        meta l4proto { tcp, udp } th dport 53 accept
        udp dport { 123, 5000-5001 } counter packets 3 bytes 9 accept comment "time"
        meta l4proto ipv6-icmp accept
        iifname "lo" accept
    }
    chain apps {
        ip saddr 10.2.0.0/16 accept
        jump apps
    }
    chain stray {
        tcp dport 99 accept
    }
}
"""


def ports(text: str, gaps: Gaps | None = None) -> list[str]:
    return [one.locus.removeprefix("accepts/") for one in accepted((text,), gaps or Gaps())]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> tuple[ConfigFacts, str]:
    root = tmp_path_factory.mktemp("r")
    sections, everything = collected(root, FILES, {"/usr/sbin/ip": IP})
    return config_facts(sections), everything


def test_interfaces_tell_which_of_them_has_a_public_address(host: tuple[ConfigFacts, str]) -> None:
    found = {one.name: (one.addresses, one.public) for one in host[0].network.interfaces}
    assert found == {
        "lo": (("127.0.0.1",), False),
        "eth0": (("10.1.0.7", "fe80::1"), False),
        "wan": (("8.8.4.4",), True),
    }


def test_name_servers_are_those_behind_the_stub(host: tuple[ConfigFacts, str]) -> None:
    assert host[0].network.resolvers == ("10.1.0.53", "fe80::2", "10.1.0.1")
    assert parse_resolvers(dumped({"/etc/resolv.conf": "nameserver 127.0.0.53"})) == ("127.0.0.53",)


def test_proxies_are_named_without_their_logins(host: tuple[ConfigFacts, str]) -> None:
    assert host[0].network.proxies == ("10.1.0.8", "proxy.example")
    assert parse_proxies("all_proxy=socks5://[fd00::1]:1080") == ("fd00::1",)
    assert "Hunter2" not in host[1]


def test_what_is_compared_left_out_and_told_is_read_from_both_products(host: tuple[ConfigFacts, str]) -> None:
    seen = host[0].integrity
    assert seen.covers == ("/etc", "/usr/bin/", "/bin/", "/boot/")
    assert seen.leaves_out == ("/etc/cups/", "/etc/mtab/")
    assert seen.tells == ("syslog", "mail", "server")


def test_a_host_without_such_settings_and_without_ip_leaves_gaps() -> None:
    seen = config_facts(said(addresses=127, integrity=66, proxies="", resolvers=66))
    assert (seen.integrity, seen.network.interfaces, seen.network.resolvers) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert seen.network.proxies == ()
    reasons = {gap.path: gap.reason for gap in seen.gaps}
    assert reasons["integrity"] is Reason.NOT_COLLECTED
    assert reasons["network.interfaces"] is Reason.TOOL_MISSING
    seen = config_facts(said(addresses="no addresses", integrity="N /etc/aide/aide.conf"))
    reasons = {gap.path: gap.reason for gap in seen.gaps}
    assert reasons["integrity"] is Reason.NOT_PERMITTED
    assert reasons["network.interfaces"] is Reason.GARBLED


def test_addresses_of_a_tunnel_belong_to_its_own_name() -> None:
    (one,) = parse_addresses("7: tun0@if3    inet 10.9.0.1/32 scope global tun0")
    assert (one.name, one.locus) == ("tun0", "interface/tun0")


def test_accepted_ports_are_followed_through_the_chains_of_ufw() -> None:
    assert ports(UFW) == [
        "forward/tcp/443",
        "input/any",
        "input/tcp/22",
        "input/tcp/30000-31000",
        "input/udp/4500",
        "input/udp/4501",
        "input/udp/500",
    ]


def test_accepted_ports_of_nft_keep_the_condition_of_the_jump() -> None:
    assert ports(NFT) == ["input/tcp/22", "input/tcp/443"]
    found = accepted((JUMPS,), Gaps())
    assert [one.port for one in found] == ["tcp/53", "tcp/5432", "udp/123", "udp/5000", "udp/5001", "udp/53"]
    assert found[1].rule == "tcp dport 5432 ip saddr 10.2.0.0/16 accept"


def test_ports_in_a_set_leave_the_list_cut_short() -> None:
    gaps = Gaps()
    listed = accepted((NFT.replace("{ 22, 443 }", "@allowed"),), gaps)
    assert isinstance(listed, PartialList)
    assert tuple(tuple.__iter__(listed)) == ()
    assert [(gap.path, gap.reason) for gap in gaps.found] == [("firewall.accepted", Reason.PARTIAL)]


def test_units_that_start_with_the_system_are_listed() -> None:
    told = ("cups.service enabled x", "ssh.socket enabled x", "x@.service static -")
    units = "\n".join((*told, "b.service alias -", "a.service masked"))
    assert config_facts(said(unit_files=units, openrc=127)).enabled_units == ("cups", "ssh.socket")
    alpine = config_facts(said(unit_files=127, units=127, openrc="present a\npresent b\nenabled b"))
    assert alpine.enabled_units == ("b",)


def test_the_search_path_is_listed_without_secrets_beside_it(
    host: tuple[ConfigFacts, str],
) -> None:
    assert host[0].sessions.search_path == ("/sbin", "/bin", "/usr/games", "/usr/local/bin", ".")
    assert "Hunter2" not in host[1]
    assert "/etc/cron.allow" in [one.path for one in host[0].files]
