"""How a host is set up, read from inside by one script."""

from scanners import Means, Need, NoLogin, Target
from scanners.config.accounts import accounts
from scanners.config.agents.all import agent_facts
from scanners.config.boot import boot, modules
from scanners.config.desktop import desktop
from scanners.config.disks import disks
from scanners.config.facts import ConfigFacts, FileMode
from scanners.config.firewall import firewall
from scanners.config.groups import groups, members_of
from scanners.config.loose import loose
from scanners.config.network import integrity, network
from scanners.config.pam import pam
from scanners.config.passwords import password_rules
from scanners.config.powers import administrators
from scanners.config.records import records_compared
from scanners.config.servers.all import server_facts
from scanners.config.services import enabled, services, what_runs
from scanners.config.sessions import sessions, su
from scanners.config.sshd import sshd
from scanners.config.sshkeys import authorized_keys, host_keys, private_keys
from scanners.config.sudo import sudo
from scanners.config.surface import parse_files, parse_mounts, parse_sysctl, sockets
from scanners.config.watch import audit, clock, logs
from scanners.facts import UNKNOWN
from scanners.kit.collector import Gaps, Sections, collect

__all__ = ["SCANNER", "ConfigFacts", "ConfigScanner", "config_facts"]


class ConfigScanner:
    """Reads sshd, kernel, accounts, audit, logs, time, firewall and sockets over a shell."""

    name = "config"
    facts = ConfigFacts
    need = Need.SHELL

    def scan(self, target: Target, means: Means) -> ConfigFacts:  # noqa: ARG002 (the shell knows the target)
        """How the host is set up; raises `NoLogin`, or what the shell raises."""
        if means.shell is None:
            raise NoLogin("no login was given; use --login NAME, or scan localhost")
        means.progress("reading the host from inside", 0.0)
        return config_facts(collect(means.shell, means.deadline))


SCANNER = ConfigScanner()


def config_facts(sections: Sections) -> ConfigFacts:
    """The facts in the collector's sections; a section that is missing leaves UNKNOWN and a gap."""
    gaps = Gaps()
    fact = gaps.fact
    running = what_runs(sections)
    units = fact("services", lambda: services(sections, gaps))
    listening = fact("sockets", lambda: sockets(sections, gaps))
    kernel = fact("sysctl", lambda: parse_sysctl(sections.text("sysctl")))
    server = fact("sshd", lambda: sshd(sections, running, listening, gaps))
    people = fact("accounts", lambda: accounts(sections, server, gaps))
    teams = fact("groups", lambda: groups(sections, people, gaps))
    files = fact("files", lambda: _files(sections, gaps))
    speaks_ipv6 = kernel is UNKNOWN or kernel.get("net.ipv6.conf.all.disable_ipv6", "0") == "0"
    granted = fact("sudo", lambda: sudo(sections, people, teams, gaps))
    return ConfigFacts(
        collected_as=fact("collected_as", lambda: sections.text("id").split()[0]),
        hostname=fact("hostname", lambda: sections.text("hostname").split()[0]),
        sshd=server,
        sysctl=kernel,
        accounts=people,
        passwords=fact("passwords", lambda: password_rules(sections, gaps)),
        sudo_nopasswd=fact("sudo_nopasswd", lambda: parse_sudoers(sections.optional("sudoers"))),
        audit=fact("audit", lambda: audit(sections, units, running, gaps)),
        logs=fact("logs", lambda: logs(sections, running, gaps, files, teams)),
        records_compared=fact("records_compared", lambda: records_compared(sections, gaps)),
        clock=fact("clock", lambda: clock(sections, running, gaps)),
        firewall=fact("firewall", lambda: firewall(sections, units, gaps, ipv6=speaks_ipv6)),
        sockets=listening,
        mounts=fact("mounts", lambda: parse_mounts(sections.text("mounts"))),
        files=files,
        services=units,
        enabled_units=fact("enabled_units", lambda: enabled(sections)),
        network=fact("network", lambda: network(sections, gaps)),
        integrity=fact("integrity", lambda: integrity(sections, gaps)),
        # who may come in, and become whom
        groups=teams,
        root_group=fact("root_group", lambda: members_of(teams, "#0")),
        ssh_keys=fact("ssh_keys", lambda: authorized_keys(sections, server, gaps)),
        ssh_host_keys=fact("ssh_host_keys", lambda: host_keys(sections)),
        private_keys=fact("private_keys", lambda: private_keys(sections, gaps)),
        sudo=granted,
        administrators=fact("administrators", lambda: administrators(people, teams, granted, gaps)),
        su=fact("su", lambda: su(sections, teams, gaps)),
        pam=fact("pam", lambda: pam(sections, gaps)),
        sessions=fact("sessions", lambda: sessions(sections, gaps)),
        desktop=fact("desktop", lambda: desktop(sections, gaps)),
        # the system below
        modules=fact("modules", lambda: modules(sections, gaps)),
        boot=fact("boot", lambda: boot(sections, gaps)),
        disks=fact("disks", lambda: disks(sections, gaps)),
        loose=fact("loose", lambda: loose(sections, gaps)),
        **server_facts(sections, running, gaps),
        **agent_facts(sections, running, units, gaps),
        gaps=tuple(gaps.found),
    )


def parse_sudoers(text: str) -> tuple[str, ...]:
    """Lines of sudoers(5) that need no password, white space folded."""
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())


def _files(sections: Sections, gaps: Gaps) -> tuple[FileMode, ...]:
    return parse_files(sections.text("files") + "\n" + sections.text("more-files"), gaps)
