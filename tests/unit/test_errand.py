"""Errands: whom a host is to knock at, from the inventory alone, within the bound, and who is left out."""

from dataclasses import replace
from datetime import date

from compliance.dispatch.errand import Estate, errand_of
from compliance.model.flow import Flow, FlowRegister, Zone, ZoneClass
from compliance.model.host import Address, Host
from compliance.model.inventory import ExpectedPort, HostInventory
from scanners import Destination

TODAY = date(2026, 12, 24)
ZONES = (
    Zone(name="cde", zone_class=ZoneClass.CARDHOLDER_DATA),
    Zone(name="kiosks", zone_class=ZoneClass.CONNECTED, is_wireless=False),
)


def flow(**more) -> Flow:
    given = {"source": "kiosks", "destination": "cde", "ports": frozenset({8443}), **more}
    return Flow(purpose="pay", approved_by="Ada", approved_on=date(2026, 1, 1), **given)


def host(name: str, zone: str | None, last: int, **more) -> Host:
    return Host(name=name, address=Address(f"198.18.0.{last}"), zone=zone, **more)


KIOSK = host("kiosk-7", "kiosks", 7, role="pay-station", login="audit")
KIOSK_8 = host("kiosk-8", "kiosks", 8)
DB = host("db-1", "cde", 21, role="database", ports=(5433,))
POS = host("pos-1", "cde", 22)


def planned(*others: Host, source: Host = KIOSK, **more):
    return errand_of(source, Estate(hosts=(KIOSK, *others), **more), TODAY)


def test_hosts_of_other_zones_are_tried_and_no_others():
    errand = planned(KIOSK_8, DB, POS)
    assert [one.name for one in errand.destinations] == ["db-1", "pos-1"]
    assert [one.address for one in errand.destinations] == ["198.18.0.21", "198.18.0.22"]
    assert errand.untried == ()


def test_what_was_seen_and_declared_comes_before_what_is_usual():
    register = FlowRegister(zones=ZONES, flows=(flow(),))
    (one,) = planned(DB, open_ports={"db-1": (9999, 22)}, register=register).destinations
    assert one.ports[:5] == (9999, 22, 8443, 5433, 5432)
    assert len(set(one.ports)) == len(one.ports)
    assert 3389 in one.ports


def test_from_a_zone_of_card_data_the_ways_out_are_tried_too():
    register = FlowRegister(zones=ZONES, flows=())
    (one,) = planned(source=DB, register=register).destinations
    assert set(one.ports) >= {53, 80, 443, 25, 22, 61000}
    (other,) = planned(DB, register=register).destinations
    assert not {53, 25, 61000} & set(other.ports)


def test_a_flow_declares_its_ports_and_nothing_else_is_declared():
    register = FlowRegister(zones=ZONES, flows=(flow(), flow(ports=frozenset({1}), until=date(2026, 12, 23))))
    errand = planned(DB, register=register)
    (one,) = errand.destinations
    assert one.declared_ports == {8443}
    assert (one.zone, one.zone_class, one.role) == ("cde", "cardholder-data", "database")
    assert (errand.zone, errand.zone_class, errand.is_wireless) == ("kiosks", "connected", False)


def test_without_declared_flows_it_is_not_known_what_is_declared():
    errand = planned(DB)
    assert errand.destinations[0].declared_ports is None
    assert (errand.zone, errand.zone_class, errand.is_wireless) == ("kiosks", "", None)


def test_who_is_excluded_by_name_or_address_is_never_tried():
    errand = planned(DB, POS, excluded=frozenset({"db-1", "198.18.0.22"}))
    assert errand.destinations == ()
    assert errand.untried == (
        "hosts that were not tried, because they are excluded by the settings: db-1, pos-1",
    )


def test_a_host_without_a_zone_is_not_tried_and_is_named():
    errand = planned(DB, host("what", None, 30))
    assert [one.name for one in errand.destinations] == ["db-1"]
    assert "no zone in the inventory: what" in errand.untried[0]


def test_an_address_that_means_the_machine_itself_is_not_tried_from_elsewhere():
    here = Host(name="here", address=Address("localhost"), zone="office")
    inner = Host(name="inner", address=Address("127.0.0.9"), zone="cde")
    twin = host("twin", "cde", 7)
    errand = planned(here, inner, twin)
    assert errand.destinations == ()
    assert "another machine when it is used from there: here, inner, twin" in errand.untried[0]
    own = planned(inner, twin, source=here)
    assert [one.name for one in own.destinations] == ["kiosk-7", "inner", "twin"]


def test_the_bound_is_shared_and_what_it_leaves_out_is_counted():
    errand = planned(DB, POS, most_paths=6)
    assert [len(one.ports) for one in errand.destinations] == [3, 3]
    whole = sum(len(one.ports) for one in planned(DB, POS).destinations)
    assert errand.untried == (f"{whole - 6} of {whole} connections are beyond the bound of reach.most_paths",)


def test_more_hosts_than_the_bound_are_cut_too():
    many = [host(f"h{number}", "cde", number) for number in range(30, 60)]
    errand = planned(*many, most_paths=10)
    assert sum(len(one.ports) for one in errand.destinations) == 10


def test_a_host_that_was_only_typed_is_told_nobody():
    errand = planned(DB, source=Host(name="198.18.0.7", address=Address("198.18.0.7"), declared=False))
    assert errand.destinations == ()
    assert "it stands in no inventory" in errand.why_nothing


def test_a_host_without_a_zone_is_told_nobody():
    errand = planned(DB, source=host("lost", None, 40))
    assert errand.destinations == ()
    assert "names no zone" in errand.why_nothing


def test_a_flat_inventory_has_nobody_to_try_and_says_so():
    assert planned(KIOSK_8).why_nothing == "the inventory has no host in another zone that could be tried"


def test_what_the_inventory_says_of_a_zone_comes_before_the_file_of_flows():
    register = FlowRegister(zones=ZONES, flows=())
    told = HostInventory(zone_class="out-of-scope")
    (one,) = planned(replace(DB, inventory=told), register=register).destinations
    assert one.zone_class == "out-of-scope"
    (other,) = planned(replace(DB, inventory=HostInventory()), register=register).destinations
    assert other.zone_class == "cardholder-data"
    assert planned(DB, source=replace(KIOSK, inventory=told)).zone_class == "out-of-scope"


def test_ports_that_the_inventory_allows_are_tried():
    allowed = (ExpectedPort(port="tcp/9443"), ExpectedPort(port="udp/123"))
    (one,) = planned(replace(DB, inventory=HostInventory(expected_ports=allowed))).destinations
    assert one.ports[0] == 9443
    assert 123 not in one.ports


def test_spared_ports_are_not_tried_and_are_named():
    errand = planned(DB, spared_ports=frozenset({23, 5900, 9100}))
    assert not {23, 5900} & set(errand.destinations[0].ports)
    assert errand.untried == ("ports that were not tried, because the settings spare them: 23, 5900",)


def test_probes_are_declared_by_flows_to_the_internet():
    probe = Destination(name="198.18.9.9", address="198.18.9.9", ports=(443,))
    register = FlowRegister(zones=ZONES, flows=(flow(destination="internet", ports=frozenset({443})),))
    (one,) = planned(DB, probes=(probe,), register=register).outside
    assert (one.address, one.zone, one.ports, one.declared_ports) == ("198.18.9.9", "internet", (443,), {443})
    assert planned(DB).outside is None
