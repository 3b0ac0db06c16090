"""Plain values: defaults, equality, what frozen means."""

import pytest

from scanners.tls.value import Value, field, replace


class Point(Value, frozen=True):
    across: int
    up: int = 0
    marks: list[str] = field(default_factory=list)


class Pen(Value):
    ink: str = "blue"


def test_a_field_that_is_not_given_has_its_default():
    point = Point(across=3)
    assert (point.across, point.up, point.marks) == (3, 0, [])


def test_a_list_is_no_two_values_own():
    first, second = Point(across=1), Point(across=1)
    first.marks.append("x")
    assert second.marks == []


def test_values_are_equal_if_their_fields_are():
    assert Point(across=1) == Point(across=1, up=0)
    assert Point(across=1) != Point(across=2)
    assert Pen() != Point(across=1)


def test_a_changed_value_leaves_the_first_as_it_was():
    first = Point(across=1, up=5)
    assert replace(first, across=2) == Point(across=2, up=5)
    assert first == Point(across=1, up=5)


def test_a_frozen_value_does_not_change():
    with pytest.raises(AttributeError, match="Point is frozen"):
        Point(across=1).up = 2
    pen = Pen()
    pen.ink = "red"
    assert pen.ink == "red"
