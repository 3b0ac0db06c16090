import pytest

from tests.e2e.command import compliance
from tests.servers.tls import free_port


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """A state folder whose inventory has two hosts at different sites."""
    folder = tmp_path_factory.mktemp("state")
    port = str(free_port())
    for name, site, role in (("kiosk-1", "north", "pay-station"), ("gate-1", "south", "gate-controller")):
        words = ("--address", "127.0.0.1", "--ports", port, "--site", site, "--role", role)
        assert compliance("hosts", "add", name, *words, state=folder).code == 0
    return folder


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--all",), {"kiosk-1", "gate-1"}),
        (("--site", "south", "--role", "gate-controller"), {"gate-1"}),
    ],
)
def test_hosts_of_the_inventory_are_chosen_by_what_is_declared(state, words, names):
    done = compliance("scan", *words, "--scanners", "ports", "--format", "json", state=state)
    assert done.code == 3, done.err
    assert {host["name"] for host in done.document["hosts"]} == names


def test_a_choice_that_no_host_meets_is_said_and_nothing_is_scanned(state):
    done = compliance("scan", "--site", "north", "--role", "gate-controller", state=state)
    assert done.code == 2
    assert "no host of the inventory has site 'north' and role 'gate-controller'" in done.err


def test_names_and_a_choice_together_are_a_mistake_and_neither_is_too(state):
    for words in (("kiosk-1", "--all"), ()):
        done = compliance("scan", *words, state=state)
        assert done.code == 2
        assert "name hosts, or choose some by --all" in done.err
