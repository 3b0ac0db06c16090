"""How the collector's output is cut into sections, and what a missing one becomes."""

import pytest

from scanners import Garbled, Means, NoLogin, Target, TimedOut, Unreachable
from scanners.config import SCANNER as CONFIG
from scanners.config import config_facts
from scanners.facts import UNKNOWN, Reason
from scanners.kit.collector import Gaps, Missing, dumps, script, sections
from scanners.kit.discover import discover
from scanners.kit.shell import Said
from scanners.packages import SCANNER as PACKAGES
from tests.unit.hosts.samples import said


def framed(name: str, text: str, code: int = 0, marker: str = "m") -> bytes:
    return f"{marker} B {name}\n{text}\n{marker} E {name} {code}\n".encode()


def test_nothing_before_the_first_marker_is_taken() -> None:
    cut = sections(
        Said(stdout=b"Welcome!\nx B id\nevil\nx E id 0\n" + framed("id", "root\n0\n") + b"m END\n"), "m"
    )
    assert cut.text("id") == "root\n0\n"
    assert cut.cut is None


def test_a_section_that_comes_twice_keeps_its_first_text() -> None:
    cut = sections(Said(stdout=framed("id", "first") + framed("id", "second")), "m")
    assert cut.text("id") == "first"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (77, Reason.NOT_PERMITTED),
        (124, Reason.TIMED_OUT),
        (127, Reason.TOOL_MISSING),
        (69, Reason.UNSUPPORTED),
        (66, Reason.NOT_COLLECTED),
        (1, Reason.GARBLED),
    ],
)
def test_a_section_that_failed_says_why(code: int, reason: Reason) -> None:
    with pytest.raises(Missing) as caught:
        sections(Said(stdout=framed("nft", "", code)), "m").text("nft")
    assert caught.value.reason is reason


def test_a_section_that_did_not_end_is_missing_for_the_reason_of_the_cut() -> None:
    half = framed("id", "root") + b"m B sysctl\nkernel.x = 1\n"
    for cut, reason in ((Reason.TIMED_OUT, Reason.TIMED_OUT), (None, Reason.GARBLED)):
        with pytest.raises(Missing) as caught:
            sections(Said(stdout=half, cut=cut), "m").text("sysctl")
        assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("cut", "error"),
    [
        (None, Garbled),
        (Reason.GARBLED, Garbled),
        (Reason.TIMED_OUT, TimedOut),
        (Reason.UNREACHABLE, Unreachable),
    ],
)
def test_an_answer_without_sections_is_an_error(cut: Reason | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        sections(Said(stdout=b"nothing of ours", cut=cut), "m")


def test_control_characters_are_shown_as_replaced() -> None:
    cut = sections(Said(stdout=framed("hostname", "a\x1b[2Jb\u202ec\x00\x9bd")), "m")
    assert cut.text("hostname") == "a\ufffd[2Jb\ufffdc\ufffd\ufffdd"


def test_the_script_is_plain_ascii_and_sets_its_marker_first() -> None:
    text = script("abc123").decode("ascii")
    assert text.startswith("M=abc123\n")
    assert "apt-get" not in text
    assert "apt-mark" not in text


def test_what_cannot_be_parsed_becomes_a_gap_and_not_a_default() -> None:
    gaps = Gaps()
    assert gaps.fact("accounts", lambda: int("x")) is UNKNOWN
    assert [(gap.path, gap.reason) for gap in gaps.found] == [("accounts", Reason.GARBLED)]


def test_a_file_cannot_forge_the_header_of_another() -> None:
    [dump] = dumps("F /etc/a\n|x\n|F /etc/b\n|N /etc/c")
    assert dump.lines == ("x", "F /etc/b", "N /etc/c")


def test_both_scanners_are_found_and_need_a_shell() -> None:
    found = discover()
    assert found["config"] is CONFIG
    assert found["packages"] is PACKAGES
    for scanner in (CONFIG, PACKAGES):
        with pytest.raises(NoLogin, match="--login NAME"):
            scanner.scan(Target(address="192.0.2.1"), Means())


def test_a_host_that_tells_nothing_leaves_a_gap_for_everything() -> None:
    facts = config_facts(said(id="root\n0\n"))
    blank = {gap.path.partition(".")[0] for gap in facts.gaps}
    for name in facts.__struct_fields__:
        if name not in ("gaps", "collected_as"):
            value = getattr(facts, name)
            assert value is UNKNOWN or name in blank, name
            assert name in blank, name
