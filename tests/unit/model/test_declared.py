"""What an inventory document declares of each host: never more than it says."""

import msgspec

from compliance.model.declared import declared_hosts
from compliance.model.estate import DataStore, Terminal
from compliance.model.inventory import (
    AccountEntry,
    CertificateEntry,
    DesignatedServer,
    HostEntry,
    Inventory,
    Leaver,
    Site,
    Zone,
)
from scanners import UNKNOWN, PartialList


def one(document):
    (host,) = declared_hosts(document)
    return host


def document(**more):
    entry = HostEntry(name="kiosk-1", address="192.0.2.7", site="north", zone="cde", role="pay-station")
    return Inventory(format="inventory/v1", hosts=(entry,), **more)


def test_what_is_not_declared_is_unknown_never_a_default():
    found = one(document()).inventory
    names = set(found.__struct_fields__) - {"payment_accounts"}
    assert all(getattr(found, name) is UNKNOWN for name in names)
    assert found.payment_accounts == ()


def test_zone_class_and_country_come_from_the_zone_and_the_site():
    found = one(
        document(
            zones=(Zone(name="cde", zone_class="cardholder-data"),), sites=(Site(name="north", country="LU"),)
        )
    )
    assert (found.inventory.zone_class, found.inventory.country) == ("cardholder-data", "LU")


def test_a_list_that_names_other_hosts_alone_is_empty_for_this_one():
    found = one(document(terminals=(Terminal(serial="1", host="kiosk-2"),), accounts=())).inventory
    assert found.terminals == found.accounts == ()


def test_a_terminal_that_does_not_say_where_it_is_leaves_the_list_unknown():
    assert one(document(terminals=(Terminal(serial="1"),))).inventory.terminals is UNKNOWN
    assert one(document(stores=(DataStore(name="plates"),))).inventory.stores is UNKNOWN


def test_a_certificate_that_names_no_host_may_stand_anywhere():
    listed = (CertificateEntry(fingerprint="aa"), CertificateEntry(host="kiosk-2", fingerprint="bb"))
    found = one(document(certificates=listed)).inventory
    assert [(each.place, each.fingerprint) for each in found.certificates] == [("anywhere", "aa")]


def test_a_certificate_that_names_host_and_port_has_its_place():
    listed = (CertificateEntry(host="kiosk-1", port="tcp/443"), CertificateEntry(port="tcp/8443"))
    found = one(document(certificates=listed)).inventory
    assert [each.place for each in found.certificates] == ["tcp/443", "anywhere"]


def test_accounts_are_declared_by_role_or_by_host():
    listed = (
        AccountEntry(name="ops", roles=("pay-station",)),
        AccountEntry(name="dba", roles=("database",)),
        AccountEntry(name="vendor", hosts=("kiosk-1",)),
    )
    assert [each.name for each in one(document(accounts=listed)).inventory.accounts] == ["ops", "vendor"]


def test_an_account_takes_payments_only_where_it_is_declared_so_on_a_device_that_takes_cards():
    pos = AccountEntry(name="pos", kind="payment", hosts=("kiosk-1", "office-1"))
    ops = AccountEntry(name="ops", hosts=("kiosk-1",))
    office = HostEntry(name="office-1", role="workstation")
    kiosk = HostEntry(name="kiosk-1", role="pay-station")
    found = declared_hosts(Inventory(format="inventory/v1", hosts=(kiosk, office), accounts=(pos, ops)))
    assert [host.inventory.payment_accounts for host in found] == [("pos",), ()]


def test_accounts_of_leavers_are_named_and_not_known_whole_while_an_owner_is_not_said():
    left, stays = (AccountEntry(name=n, owner=n.upper(), hosts=("kiosk-1",)) for n in ("ann", "bob"))
    nobody = AccountEntry(name="x", hosts=("kiosk-1",))
    assert one(document(accounts=(left, stays), leavers=(Leaver(name="ANN"),))).inventory.left_accounts == (
        "ann",
    )
    assert one(document(accounts=(left,))).inventory.left_accounts is UNKNOWN
    cut = one(document(accounts=(left, nobody), leavers=(Leaver(name="ANN"),))).inventory.left_accounts
    assert isinstance(cut, PartialList)


def test_a_document_without_a_list_of_hosts_declares_none():
    assert declared_hosts(Inventory(format="inventory/v1")) == ()


def test_a_kept_declaration_comes_back_as_it_was():
    found = one(document(accounts=(), zones=(Zone(name="cde", zone_class="guest"),))).inventory
    again = msgspec.json.decode(msgspec.json.encode(found), type=type(found))
    assert again == found
    assert again.certificates is UNKNOWN


def test_a_host_knows_what_it_is_designated_for():
    listed = (
        DesignatedServer(address="ntp.example", serves="time", host="kiosk-1", outside=False),
        DesignatedServer(address="time.outside.example", serves="time", outside=True),
        DesignatedServer(address="log.example", serves="log", host="log-1", outside=False),
    )
    found = one(document(servers=listed)).inventory
    assert (found.serves, len(found.servers)) == (("time",), 3)


def test_an_own_server_that_names_no_host_may_be_any_of_them():
    listed = (DesignatedServer(address="ntp.example", serves="time", outside=False),)
    assert one(document(servers=listed)).inventory.serves is UNKNOWN


def test_a_host_carries_what_is_declared_of_its_units_paths_resolvers_and_login():
    zone = Zone(name="cde", resolvers=("10.1.0.53",))
    entry = HostEntry(name="a", zone="cde", login="audit", expected_units=("cron",), critical_paths=("/opt",))
    (host,) = declared_hosts(Inventory(format="inventory/v1", hosts=(entry,), zones=(zone,)))
    about = host.inventory
    assert (about.resolvers, about.login) == (("10.1.0.53",), "audit")
    assert (about.expected_units, about.critical_paths) == (("cron",), ("/opt/",))
    assert (about.passed_ports, about.takes_terminals) == (UNKNOWN, UNKNOWN)
    (other,) = declared_hosts(Inventory(format="inventory/v1", hosts=(HostEntry(name="b"),)))
    assert (other.inventory.resolvers, other.inventory.login) == (UNKNOWN, UNKNOWN)
