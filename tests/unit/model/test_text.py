"""What a scanned host wrote is shown whole, bounded, and with nothing hidden in it."""

import pytest

from compliance.model.text import clean, clean_line


def test_plain_text_of_many_alphabets_stays_as_it_is():
    assert clean("nginx/1.24 — Größe, Ελλάδα, Київ, 駐車場") == "nginx/1.24 — Größe, Ελλάδα, Київ, 駐車場"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("a\x00b\x7fc\x9bd", "a\\x00b\\x7fc\\x9bd"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("lone \udc80 surrogate", "lone \\udc80 surrogate"),
        ("tag \U000e0041 and \uffff", "tag \\U000e0041 and \\uffff"),
        ("one\u2028two\u2029three\u0085", "one\\u2028two\\u2029three\\x85"),
        ("over\rwritten", "over\\x0dwritten"),
    ],
)
def test_what_cannot_be_seen_becomes_a_visible_escape(hostile, shown):
    assert clean(hostile) == shown
    clean(hostile).encode()


def test_line_breaks_and_tabs_stay_unless_one_line_is_asked_for():
    assert clean("a\n\tb") == "a\n\tb"
    assert clean_line("a\n\tb") == "a\\n\\tb"


def test_endless_text_is_cut_and_says_how_much_is_missing():
    assert clean("x" * 1_000_000, limit=5) == "xxxxx… (999995 more characters)"
    assert clean("x" * 5, limit=5) == "xxxxx"
    assert len(clean("\U000e0001" * 1_000_000)) < 21_000
