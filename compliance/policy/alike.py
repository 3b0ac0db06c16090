"""What hosts of an inventory have in common with one of them: its zone, its payment channel."""

from collections.abc import Iterable, Sequence
from typing import cast

from compliance.model.inventory import HostEntry
from scanners import UNKNOWN, PartialList

_CARDS = "cardholder-data"
_NOBODY = cast("tuple[str, ...]", UNKNOWN)


def zone_roles(hosts: Sequence[HostEntry], one: HostEntry) -> tuple[str, ...]:
    """The roles of all hosts of its zone, itself among them; cut short where one has no role or no zone."""
    if not one.zone:
        return _NOBODY
    near = [host for host in hosts if host.zone in {one.zone, ""}]
    known = {host.role for host in near if host.role and host.zone}
    return _listed(known, whole=all(host.role and host.zone for host in near))


def channel_sites(hosts: Sequence[HostEntry], one: HostEntry) -> tuple[str, ...]:
    """The sites of all hosts with card data of its channel; cut short where one does not say."""
    if one.channel is UNKNOWN:
        return _NOBODY
    with_cards = [host for host in hosts if host.scopes is None or _CARDS in host.scopes]
    sure = [host for host in with_cards if host.channel is not UNKNOWN]
    alike = [host.site for host in sure if host.channel == one.channel]
    return _listed({*alike} - {""}, whole=len(sure) == len(with_cards) and all(alike))


def _listed(known: Iterable[str], *, whole: bool) -> tuple[str, ...]:
    return tuple(sorted(known)) if whole else PartialList(sorted(known))
