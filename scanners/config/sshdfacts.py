"""How the ssh server is set up."""

from typing import Annotated

from msgspec import Struct

from scanners.facts import UNKNOWN, about


class SshdMatch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Match block of sshd_config(5): whom it is for, and what it sets for them in place of the rest."""

    locus: Annotated[str, about("sshd-match/FILE/NUMBER")]
    criteria: Annotated[str, about("What stands behind Match.")]
    settings: Annotated[dict[str, str], about("What it sets, by keyword in lower case.", absent=UNKNOWN)]
    root_login: Annotated[bool, about("It lets root in with a password (PermitRootLogin yes).")]
    empty_passwords: Annotated[bool, about("It accepts empty passwords.")]


class Sshd(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The ssh server's effective settings, from `sshd -T` (sshd_config(5))."""

    installed: Annotated[bool, about("There is an sshd on the host.")] = UNKNOWN
    running: Annotated[bool, about("An sshd listens.")] = UNKNOWN
    permit_root_login: Annotated[
        str, about("PermitRootLogin: yes, no, without-password, forced-commands-only.")
    ] = UNKNOWN
    password_authentication: Annotated[bool, about("PasswordAuthentication.")] = UNKNOWN
    permit_empty_passwords: Annotated[bool, about("PermitEmptyPasswords.")] = UNKNOWN
    pubkey_authentication: Annotated[bool, about("PubkeyAuthentication.")] = UNKNOWN
    max_auth_tries: Annotated[int, about("MaxAuthTries.")] = UNKNOWN
    client_alive_interval: Annotated[int, about("ClientAliveInterval, seconds; 0 is off.")] = UNKNOWN
    client_alive_count_max: Annotated[int, about("ClientAliveCountMax.")] = UNKNOWN
    log_level: Annotated[str, about("LogLevel, upper case.")] = UNKNOWN
    x11_forwarding: Annotated[bool, about("X11Forwarding.")] = UNKNOWN
    ciphers: Annotated[tuple[str, ...], about("Ciphers, in order.", max_items=64)] = UNKNOWN
    macs: Annotated[tuple[str, ...], about("MACs, in order.", max_items=64)] = UNKNOWN
    kex_algorithms: Annotated[tuple[str, ...], about("KexAlgorithms, in order.", max_items=64)] = UNKNOWN
    host_key_algorithms: Annotated[tuple[str, ...], about("HostKeyAlgorithms, in order.", max_items=64)] = (
        UNKNOWN
    )
    authentication_methods: Annotated[
        tuple[str, ...],
        about("AuthenticationMethods: each way in, as publickey,password; or any.", max_items=64),
    ] = UNKNOWN
    allowed: Annotated[
        tuple[str, ...], about("AllowUsers and AllowGroups: whom alone it lets in.", max_items=1000)
    ] = UNKNOWN
    matches: Annotated[tuple[SshdMatch, ...], about("Match blocks of its files.", max_items=500)] = UNKNOWN
    settings: Annotated[
        dict[str, str],
        about(
            "Every line of `sshd -T` by keyword, lower case; repeated ones joined by a space.", absent=UNKNOWN
        ),
    ] = UNKNOWN
