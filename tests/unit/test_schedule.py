from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from compliance.actions.schedule import MOST_MADE_UP_FOR, When, cron_expression, due_times
from compliance.model.errors import BadSchedule
from compliance.model.schedule import Schedule

ENTRY = Schedule(
    name="weekly",
    cron="0 3 * * mon",
    timezone="UTC",
    hosts=("localhost",),
    profile="default",
    folder="/reports",
    created=datetime(2026, 11, 1, tzinfo=UTC),
)


def test_a_week_has_one_due_time():
    monday = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert due_times(ENTRY, monday - timedelta(days=7), monday) == (monday,)
    assert due_times(ENTRY, monday, monday + timedelta(days=6, hours=23)) == ()


def test_every_time_that_nobody_kept_is_told():
    since = datetime(2026, 10, 1, tzinfo=UTC)
    times = due_times(ENTRY, since, since + timedelta(days=28))
    assert len(times) == 4
    assert all(time.strftime("%a %H:%M") == "Mon 03:00" for time in times)


def test_a_clock_that_jumps_ten_years_is_bounded():
    daily = replace(ENTRY, cron="0 3 * * *")
    until = datetime(2036, 1, 1, tzinfo=UTC)
    times = due_times(daily, ENTRY.created, until)
    assert len(times) == MOST_MADE_UP_FOR
    assert times[-1] > until - timedelta(days=2)


def test_a_time_of_day_that_stands_twice_in_autumn_is_due_once():
    zone = "America/New_York"
    daily = replace(ENTRY, cron="30 1 * * *", timezone=zone)
    day = datetime(2026, 11, 1, 0, 0, tzinfo=ZoneInfo(zone))
    assert len(due_times(daily, day, day + timedelta(days=1))) == 1


def test_a_time_of_day_that_spring_leaves_out_is_due_all_the_same():
    zone = "America/New_York"
    daily = replace(ENTRY, cron="30 2 * * *", timezone=zone)
    day = datetime(2026, 3, 8, 0, 0, tzinfo=ZoneInfo(zone))
    assert len(due_times(daily, day, day + timedelta(days=1))) == 1


@pytest.mark.parametrize(
    ("days", "time", "zone"),
    [("monday", "03:00", "UTC"), ("1", "03:00", "UTC"), ("mon", "25:00", "UTC"), ("mon", "3", "UTC"),
     ("mon", "03:00", "Mars/Olympus"), ("mon", "03:00", "../../etc/passwd"), ("", "03:00", "UTC")],
)  # fmt: skip
def test_what_is_no_time_of_the_week_is_refused(days, time, zone):
    with pytest.raises(BadSchedule):
        cron_expression(When(days=days, time=time, timezone=zone))


def test_days_are_written_by_name_so_that_no_count_of_weekdays_matters():
    assert cron_expression(When(days="Mon, thu", time="03:30", timezone="UTC")) == "30 3 * * mon,thu"
