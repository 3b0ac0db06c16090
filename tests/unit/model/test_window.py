from datetime import UTC, datetime

import pytest

from compliance.model.errors import BadWindow
from compliance.model.window import parse_window


def at(hour, minute=0, month=1):
    return datetime(2026, month, 15, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "inside"),
    [
        ("22:00-05:00", at(22), True),
        ("22:00-05:00", at(4, 59), True),
        ("22:00-05:00", at(5), False),
        ("22:00-05:00", at(21, 59), False),
        ("01:00-03:30", at(1), True),
        ("01:00-03:30", at(3, 30), False),
        ("01:00-03:30", at(0, 59), False),
    ],
)
def test_a_window_holds_its_first_minute_and_not_its_last_and_may_span_midnight(hours, moment, inside):
    assert parse_window(hours, "UTC").holds(moment) is inside


def test_the_hours_are_those_of_the_zone_in_summer_and_winter():
    window = parse_window("22:00-05:00", "Europe/Vienna")
    assert window.holds(at(21, 30, month=1))
    assert window.holds(at(20, 30, month=7))
    assert not window.holds(at(20, 30, month=1))
    assert str(window) == "22:00-05:00 Europe/Vienna"


@pytest.mark.parametrize(
    ("hours", "zone"),
    [
        ("22:00", "UTC"),
        ("24:00-05:00", "UTC"),
        ("05:00-05:00", "UTC"),
        ("22:00-05:00", "Vienna"),
        ("22:00-05:00", "../etc"),
        ("٢٢:00-05:00", "UTC"),
    ],
)
def test_what_is_no_window_is_refused_in_words(hours, zone):
    with pytest.raises(BadWindow):
        parse_window(hours, zone)
