"""Radio networks that the host joins by itself: NetworkManager, wpa_supplicant, netplan; never their keys."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from scanners.config.agents.facts import Security, WifiProfile
from scanners.facts import PartialList, Reason
from scanners.kit.collector import Dump, Gaps, dumps

_NM_KEYS: dict[str, Security] = {
    "none": "wep",
    "ieee8021x": "wep",
    "wpa-psk": "wpa-psk",
    "sae": "sae",
    "wpa-eap": "wpa-enterprise",
    "wpa-eap-suite-b-192": "wpa-enterprise",
    "owe": "owe",
}
_NETPLAN_KEYS: dict[str, Security] = {
    "none": "open",
    "psk": "wpa-psk",
    "psk-sha256": "wpa-psk",
    "sae": "sae",
    "eap": "wpa-enterprise",
    "eap-sha256": "wpa-enterprise",
    "eap-suite-b-192": "wpa-enterprise",
    "802.1x": "wep",
}


def wifi(text: str, gaps: Gaps) -> tuple[WifiProfile, ...]:
    """Profiles by file and network; a partial list where a file is hidden or garbled."""
    found: dict[str, WifiProfile] = {}
    whole = True
    for dump in dumps(text):
        if not dump.readable:
            gaps.add("wifi", Reason.NOT_PERMITTED, f"{dump.path} is not readable")
            whole = False
            continue
        try:
            found |= {profile.locus: profile for profile in _profiles(dump)}
        except (ValueError, TypeError, AttributeError, yaml.YAMLError):
            gaps.add("wifi", Reason.GARBLED, f"{dump.path} could not be understood")
            whole = False
    ordered = [found[locus] for locus in sorted(found)]
    return tuple(ordered) if whole else PartialList(ordered)


def _profiles(dump: Dump) -> Iterator[WifiProfile]:
    if dump.path.endswith((".yaml", ".yml")):
        return _netplan(dump)
    if "/NetworkManager/" in dump.path:
        return _network_manager(dump)
    return _wpa_supplicant(dump)


def _network_manager(dump: Dump) -> Iterator[WifiProfile]:
    """A keyfile of NetworkManager (nm-settings-keyfile(5)); other connections than radio are none."""
    said: dict[str, dict[str, str]] = {}
    part: dict[str, str] = {}
    for line in dump.lines:
        if line.startswith("["):
            part = said.setdefault(line.strip("[]").replace("802-11-wireless", "wifi"), {})
        else:
            key, _, value = line.partition("\t")
            part[key] = value
    connection = said.get("connection", {})
    if connection.get("type") not in ("wifi", "802-11-wireless"):
        return
    guard = said.get("wifi-security", {})
    security: Security = _NM_KEYS.get(guard.get("key-mgmt", ""), "other") if guard else "open"
    ciphers = f"{guard.get('pairwise', '')} {guard.get('group', '')}".lower()
    yield _profile(
        dump,
        said.get("wifi", {}).get("ssid", ""),
        security,
        tkip="tkip" in ciphers or "wpa" in re.split(r"\W+", guard.get("proto", "").lower()),
        enabled=connection.get("autoconnect", "true").lower() not in ("false", "0", "no"),
    )


def _wpa_supplicant(dump: Dump) -> Iterator[WifiProfile]:
    """The networks of a wpa_supplicant.conf(5)."""
    said: dict[str, str] | None = None
    for line in dump.lines:
        if line == "network={":
            said = {}
        elif line == "}" and said is not None:
            yield _network(dump, said)
            said = None
        elif said is not None:
            key, _, value = line.partition("\t")
            said[key] = value


def _network(dump: Dump, said: Mapping[str, str]) -> WifiProfile:
    keys = said.get("key_mgmt", "WPA-PSK WPA-EAP").upper().split()
    security: Security = "other"
    if "NONE" in keys:
        security = "wep" if any(key.startswith("wep_key") for key in said) else "open"
    elif "IEEE8021X" in keys:
        security = "wep"
    elif any("EAP" in key for key in keys) and "psk" not in said:
        security = "wpa-enterprise"
    elif any("PSK" in key for key in keys):
        security = "wpa-psk"
    elif "SAE" in keys or "OWE" in keys:
        security = "sae" if "SAE" in keys else "owe"
    ciphers = f"{said.get('pairwise', '')} {said.get('group', '')}".upper()
    old = bool({"WPA"} & set(said.get("proto", "").upper().split()))
    return _profile(
        dump,
        said.get("ssid", "").strip('"'),
        security,
        tkip="TKIP" in ciphers or old,
        enabled=said.get("disabled", "0") != "1",
    )


def _netplan(dump: Dump) -> Iterator[WifiProfile]:
    """The access points of a netplan file; values that may be secret came as a mark."""
    whole = yaml.safe_load("\n".join(dump.lines)) or {}
    for device in (_map(_map(whole.get("network")).get("wifis"))).values():
        for ssid, said in _map(_map(device).get("access-points")).items():
            point = _map(said)
            auth = _map(point.get("auth"))
            security: Security = "wpa-psk" if {"password", "auth"} & point.keys() else "open"
            if "key-management" in auth:
                security = _NETPLAN_KEYS.get(str(auth["key-management"]), "other")
            yield _profile(dump, str(ssid), security, tkip=False, enabled=True)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _profile(dump: Dump, ssid: str, security: Security, *, tkip: bool, enabled: bool) -> WifiProfile:
    return WifiProfile(
        locus=f"wifi/{dump.path}/{ssid}", ssid=ssid, security=security, tkip=tkip, enabled=enabled
    )
