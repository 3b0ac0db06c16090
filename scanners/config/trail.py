"""The state of the audit trail: locked or not, what it writes, and what it does when the disk fills."""

from typing import Any

from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Dump, Gaps, Missing, Sections, dumps

_LOCKED = 2
_REMOTE = ("au-remote.conf", "audisp-remote.conf")
_ACTIONS = {
    # auditd.conf(5): what is done if the file says nothing
    "max_log_file_action": "IGNORE",
    "space_left_action": "IGNORE",
    "admin_space_left_action": "IGNORE",
    "disk_full_action": "IGNORE",
    "disk_error_action": "IGNORE",
}


def trail(sections: Sections, gaps: Gaps) -> dict[str, Any]:
    """Fields of `Audit`: its state, from `auditctl -s`, and its settings, from auditd.conf(5)."""
    found: dict[str, Any] = {
        "locked": gaps.fact("audit.locked", lambda: _state(sections).get("enabled", "0") == str(_LOCKED)),
        "lost": gaps.fact("audit.lost", lambda: int(_state(sections)["lost"])),
    }
    settings = gaps.fact("audit.log_format", lambda: _settings(dumps(sections.text("audit-files"))))
    if settings is not UNKNOWN:
        return found | settings
    why = gaps.found[-1]
    for name in ("actions", "sends_away"):
        gaps.add(f"audit.{name}", why.reason, why.detail)
    return found


def parse_state(text: str) -> dict[str, str]:
    """Words of `auditctl -s`, one on a line: `enabled 1`, `lost 0`."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) > 1}


def _state(sections: Sections) -> dict[str, str]:
    state = parse_state(sections.text("audit-state"))
    if "enabled" not in state:
        raise Missing(Reason.UNSUPPORTED, "auditctl -s did not say whether the audit trail is on")
    return state


def _settings(files: tuple[Dump, ...]) -> dict[str, Any]:
    """Settings of auditd.conf, upper case where they are words, and whether records go to another host."""
    main = next((dump for dump in files if dump.path.endswith("/auditd.conf")), None)
    if main is None or not main.readable:
        raise Missing(Reason.NOT_PERMITTED if main else Reason.NOT_COLLECTED, "auditd.conf was not read")
    said = {key.lower(): value for key, value in _pairs(main)}
    plugins = [dump for dump in files if dump.path.rpartition("/")[2] in _REMOTE and "plugins.d" in dump.path]
    return {
        "log_format": said.get("log_format", "RAW").upper(),
        "actions": {name: said.get(name, least).upper() for name, least in _ACTIONS.items()},
        "sends_away": any(("active", "yes") in _pairs(dump) for dump in plugins),
    }


def _pairs(dump: Dump) -> list[tuple[str, str]]:
    split = (line.partition("=") for line in dump.lines)
    return [(key.strip(), value.strip()) for key, _, value in split]
