"""The ssh server's effective settings, from `sshd -T`."""

from msgspec.structs import replace

from scanners.config.facts import Socket
from scanners.config.services import Running
from scanners.config.sshdfacts import Sshd
from scanners.config.sshdmatch import sshd_matches
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, Sections


def sshd(sections: Sections, running: Running, sockets: tuple[Socket, ...], gaps: Gaps) -> Sshd:
    """The ssh server; where there is none, only that is said. Settings that cannot be read leave one gap."""
    if not sections.has("sshd"):
        return Sshd(installed=False, running=False)
    runs = gaps.fact("sshd.running", lambda: _runs(running, sockets))
    try:
        settings = parse_settings(sections.text("sshd"))
    except Missing as missing:
        detail = missing.detail
        if "/run/sshd" in detail:
            detail = "sshd -T needs the directory /run/sshd, which is there only while sshd runs"
        gaps.add("sshd", missing.reason, detail)
        return Sshd(installed=True, running=runs)
    known = from_settings(settings, running=runs)
    matches = gaps.fact("sshd.matches", lambda: sshd_matches(sections.text("sshd-files")))
    return replace(known, matches=matches)


def parse_settings(text: str) -> dict[str, str]:
    """Lines of `sshd -T` by keyword; values of a keyword that comes again are joined by a space."""
    settings: dict[str, str] = {}
    for line in text.splitlines():
        keyword, _, value = line.strip().partition(" ")
        if keyword:
            settings[keyword.lower()] = (
                f"{settings[keyword.lower()]} {value}" if keyword.lower() in settings else value
            )
    if "port" not in settings:
        raise Missing(Reason.GARBLED, "what sshd -T said has no port in it")
    return settings


def from_settings(settings: dict[str, str], *, running: bool = UNKNOWN) -> Sshd:
    """The facts that `sshd -T` gives; a keyword that this version does not print stays unknown."""
    return Sshd(
        installed=True,
        running=running,
        permit_root_login=settings.get("permitrootlogin", UNKNOWN),
        password_authentication=_yes(settings, "passwordauthentication"),
        permit_empty_passwords=_yes(settings, "permitemptypasswords"),
        pubkey_authentication=_yes(settings, "pubkeyauthentication"),
        max_auth_tries=_number(settings, "maxauthtries"),
        client_alive_interval=_number(settings, "clientaliveinterval"),
        client_alive_count_max=_number(settings, "clientalivecountmax"),
        log_level=settings["loglevel"].upper() if "loglevel" in settings else UNKNOWN,
        x11_forwarding=_yes(settings, "x11forwarding"),
        ciphers=_list(settings, "ciphers"),
        macs=_list(settings, "macs"),
        kex_algorithms=_list(settings, "kexalgorithms"),
        host_key_algorithms=_list(settings, "hostkeyalgorithms"),
        authentication_methods=_words(settings, "authenticationmethods"),
        allowed=tuple(" ".join(settings.get(each, "") for each in ("allowusers", "allowgroups")).split()),
        settings=settings,
    )


def _runs(running: Running, sockets: tuple[Socket, ...]) -> bool:
    """Whether an sshd listens: by the sockets' owners, else by its unit, else by its process."""
    if sockets is not UNKNOWN and any(s.process is not UNKNOWN and s.process == "sshd" for s in sockets):
        return True
    return running.runs(units=("ssh", "sshd", "ssh.socket", "sshd.socket"), processes=("sshd",))


def _yes(settings: dict[str, str], keyword: str) -> bool:
    value: bool = settings[keyword] == "yes" if keyword in settings else UNKNOWN
    return value


def _number(settings: dict[str, str], keyword: str) -> int:
    value: int = int(settings[keyword]) if keyword in settings else UNKNOWN
    return value


def _words(settings: dict[str, str], keyword: str) -> tuple[str, ...]:
    value: tuple[str, ...] = tuple(settings[keyword].split()) if keyword in settings else UNKNOWN
    return value


def _list(settings: dict[str, str], keyword: str) -> tuple[str, ...]:
    value: tuple[str, ...] = tuple(settings[keyword].split(",")) if keyword in settings else UNKNOWN
    return value
