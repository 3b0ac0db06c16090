"""Hosts of the estate: what is declared of them, and when a scan read them from inside."""

from datetime import UTC, datetime

from compliance.model.inventory import HostEntry, Inventory
from compliance.policy.estate import Sight, estate_witness
from scanners import UNKNOWN, PartialList

AT = datetime(2026, 3, 1, tzinfo=UTC)
DOCUMENT = Inventory(
    format="inventory/v1", hosts=(HostEntry(name="a"), HostEntry(name="b", no_login="sealed"))
)


def hosts(inside=None):
    seen = {"a": AT, "b": AT}
    return estate_witness(DOCUMENT, (), (), Sight(first=seen, last=seen, inside=inside), AT).root.hosts


def test_a_host_that_was_only_seen_from_outside_was_not_read_from_inside():
    one, other = hosts(inside={"a": AT})
    assert (one.seen, one.logged_in, one.last_logged_in, one.no_login) == (True, True, AT, UNKNOWN)
    assert (other.seen, other.logged_in, other.last_logged_in, other.no_login) == (
        True,
        False,
        UNKNOWN,
        "sealed",
    )


def test_where_nobody_looked_that_up_it_is_not_known():
    assert [one.logged_in for one in hosts()] == [UNKNOWN, UNKNOWN]


def of(*entries):
    document = Inventory(format="inventory/v1", hosts=entries)
    return {
        one.name: one for one in estate_witness(document, (), (), Sight(first={}, last={}), AT).root.hosts
    }


def test_roles_of_a_zone_are_cut_short_where_somebody_has_none():
    kiosk, gate = HostEntry(name="k", zone="a", role="pay-station"), HostEntry(name="g", zone="b", role="web")
    found = of(kiosk, gate, HostEntry(name="t", zone="a", role="payment-terminal"))
    assert found["k"].zone_roles == ("pay-station", "payment-terminal")
    found = of(kiosk, HostEntry(name="x", zone="a"), HostEntry(name="y"))
    assert isinstance(found["k"].zone_roles, PartialList)
    assert list(tuple.__iter__(found["k"].zone_roles)) == ["pay-station"]
    assert found["y"].zone_roles is UNKNOWN


def test_sites_of_a_channel_are_those_of_hosts_with_card_data():
    here, there = (HostEntry(name=name, site=name, channel="C") for name in ("north", "south"))
    camera = HostEntry(name="cam", site="west", scopes=("personal-data",))
    assert of(here, there, camera)["north"].channel_sites == ("north", "south")
    other = HostEntry(name="d", site="east", channel="D")
    assert of(here, other, camera)["north"].channel_sites == ("north",)
    silent = of(here, other, HostEntry(name="n", site="west"))
    assert isinstance(silent["north"].channel_sites, PartialList)
    assert silent["n"].channel_sites is UNKNOWN
