"""Facts as JSON without a library: what comes out is what goes in, whatever a server says."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from scanners import UNKNOWN, PartialList
from scanners.tls.written import written

plain = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner).map(tuple) | st.dictionaries(st.from_regex(r"[a-z_]+", fullmatch=True), inner)
    ),
)


def as_lists(value):
    if isinstance(value, tuple):
        return [as_lists(each) for each in value]
    return {name: as_lists(each) for name, each in value.items()} if isinstance(value, dict) else value


@given(plain)
def test_what_is_written_reads_as_what_it_was(value):
    assert json.loads(written(value)) == as_lists(value)


def test_what_is_not_known_is_left_out():
    assert json.loads(written({"alpn": UNKNOWN, "port": 443})) == {"port": 443}


def test_a_list_that_was_cut_short_shows_what_it_has():
    assert json.loads(written({"suites": PartialList(({"code": 47},))})) == {"suites": [{"code": 47}]}


def test_a_time_is_written_in_utc():
    assert written(datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)) == '"2026-11-23T04:05:06Z"'
