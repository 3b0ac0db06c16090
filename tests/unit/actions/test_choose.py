"""Which scanners are sent: those that look from a host at others only where somebody asks for them."""

from dataclasses import dataclass

import pytest

from compliance.actions.choose import Order, chosen_scanners
from scanners import Need
from tests.unit.actions.house import Eyes, service_in


@dataclass
class Outlook(Eyes):
    """A scanner that looks from a host at others."""

    need: Need = Need.OTHERS


@pytest.mark.parametrize(
    ("order", "is_sent"),
    [
        (Order(hosts=()), False),
        (Order(hosts=(), scanners=("tls",)), True),
        (Order(hosts=(), profile="bright"), True),
    ],
    ids=["by default", "named", "by a profile that was chosen"],
)
def test_a_scanner_that_looks_at_others_is_sent_only_on_request(tmp_path, order, is_sent):
    service = service_in(tmp_path)
    assert [one.name for one in chosen_scanners(service, order)] == ["tls"]
    service.scanners["tls"] = Outlook()
    assert [one.name for one in chosen_scanners(service, order)] == (["tls"] if is_sent else [])
