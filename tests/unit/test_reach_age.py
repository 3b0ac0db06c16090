"""What was tried between zones half a year ago shows nothing any more."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from compliance.model.host import Address, Host
from compliance.model.observation import Seen, Task
from compliance.model.result import Verdict
from compliance.policy.evaluate import Subject, evaluate
from compliance.policy.load import load_rules
from scanners.reach import Path, ReachFacts, Vantage

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
RULE = "reach-cardholder-zone-isolated"


@pytest.mark.parametrize(("days", "verdict"), [(184, Verdict.PASS), (185, Verdict.UNKNOWN)])
def test_a_try_of_the_separation_counts_for_half_a_year(days, verdict):
    book = load_rules([files("policies") / "packs" / "reach"], {"reach": ReachFacts})
    path = Path(
        locus="path/pos-1/tcp/443",
        destination="pos-1",
        address="198.18.0.1",
        port=443,
        destination_zone="cde",
        destination_class="cardholder-data",
        state="filtered",
    )
    facts = ReachFacts(vantage=Vantage(zone="wifi", zone_class="guest"), paths=(path,))
    host = Host(name="wifi-1", address=Address("198.18.0.9"), zone="wifi")
    seen = Seen(task=Task(host=host.name, scanner="reach"), at=AT, facts=facts)
    subject = Subject(host=host, observations=(seen,))
    results = list(evaluate(book, subject, [RULE], as_of=AT + timedelta(days=days)))
    assert [result.verdict for result in results] == [verdict]
