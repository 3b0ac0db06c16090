"""Change records beside what was gone over after them, and the hosts that they name."""

from datetime import date

from compliance.model.estate import Entry, Registers
from compliance.policy.changes import changes, naming
from compliance.policy.estatefacts import MOST_NAMING
from scanners import UNKNOWN, PartialList

TODAY = date(2026, 1, 1)
CHANGE = Entry(id="C1", reviewed=date(2025, 6, 1), significant=True, hosts=("kiosk-1",))


def only(**registers):
    (found,) = changes(Registers(change_records=(CHANGE,), **registers), TODAY)
    return found


def scope(day, control="pci-dss-4.0.1/12.5.2"):
    return Entry(id=f"S{day}", controls=(control,), reviewed=day)


def test_a_scope_that_was_confirmed_on_the_day_of_the_change_or_later_is_told():
    for day, told in ((date(2025, 6, 1), True), (date(2025, 5, 31), False), (date(2026, 1, 2), False)):
        assert only(configuration_reviews=(scope(day),)).scope_confirmed is told


def test_a_review_of_something_else_confirms_no_scope():
    found = only(configuration_reviews=(scope(date(2025, 7, 1), "pci-dss-4.0.1/1.2.7"),))
    assert found.scope_confirmed is False


def test_any_assessment_since_the_change_counts():
    assert only(impact_assessments=(Entry(id="D", reviewed=date(2025, 7, 1)),)).assessed is True


def test_what_nobody_declared_is_unknown():
    assert changes(Registers(), TODAY) is UNKNOWN
    assert only().scope_confirmed is UNKNOWN
    assert only(impact_assessments=(Entry(id="D"),)).assessed is UNKNOWN
    undated = Registers(change_records=(Entry(id="C2"),), impact_assessments=())
    assert changes(undated, TODAY)[0].assessed is UNKNOWN


def test_records_name_their_hosts_and_one_that_names_none_leaves_it_open():
    assert naming(UNKNOWN, "kiosk-1") is UNKNOWN
    kept = (CHANGE,)
    assert (naming(kept, "kiosk-1"), naming(kept, "kiosk-2")) == (("C1",), ())
    vague = (CHANGE, Entry(id="C2"))
    assert (naming(vague, "kiosk-1"), naming(vague, "kiosk-2")) == (("C1",), UNKNOWN)


def test_a_host_that_very_many_records_name_has_a_list_that_is_cut_short():
    many = tuple(Entry(id=f"C{number}", hosts=("kiosk-1",)) for number in range(MOST_NAMING + 1))
    found = naming(many, "kiosk-1")
    assert isinstance(found, PartialList)
    assert found[0] == "C0"
