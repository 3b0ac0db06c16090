"""Hosts of the estate: what is declared of them, and when a scan read them from inside."""

from datetime import UTC, datetime

from compliance.model.inventory import HostEntry, Inventory
from compliance.policy.estate import estate_witness
from scanners import UNKNOWN

AT = datetime(2026, 3, 1, tzinfo=UTC)
DOCUMENT = Inventory(
    format="inventory/v1", hosts=(HostEntry(name="a"), HostEntry(name="b", no_login="sealed"))
)


def hosts(**more):
    return estate_witness(DOCUMENT, (), (), {"a": AT, "b": AT}, AT, **more).root.hosts


def test_a_host_that_was_only_seen_from_outside_was_not_read_from_inside():
    one, other = hosts(last_logged_in={"a": AT})
    assert (one.seen, one.logged_in, one.last_logged_in, one.no_login) == (True, True, AT, UNKNOWN)
    assert (other.seen, other.logged_in, other.last_logged_in, other.no_login) == (
        True,
        False,
        UNKNOWN,
        "sealed",
    )


def test_where_nobody_looked_that_up_it_is_not_known():
    assert [one.logged_in for one in hosts()] == [UNKNOWN, UNKNOWN]
