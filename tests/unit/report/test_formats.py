"""One content, two formats: both say all of it, and neither does what a scanned host tells it to."""

import os
import re
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from io import BytesIO
from subprocess import run

import pikepdf
import pytest
from fontTools.ttLib import TTFont

from compliance.model.errors import ReportFailed
from compliance.model.result import Evidence, Verdict
from compliance.model.rule import Severity
from compliance.model.scan import Scan
from compliance.report.bounds import bounded
from compliance.report.content import Content, content
from compliance.report.formats import formats
from compliance.report.formats.pdf import written
from compliance.report.page import Medium, drawable, page
from tests.samples import sample_rules, sample_scan

SCAN = sample_scan()
SAID = content(SCAN, sample_rules())

FONTS = {"Liberation-Sans", "Liberation-Sans-Bold", "DejaVu-Sans-Mono", "DejaVu-Sans-Mono-Bold"}
HOSTILE = (
    "<script>alert(1)</script>",
    "</style><script src=http://127.0.0.1:9/x.js></script>",
    "<a rel=attachment href=file:///etc/passwd>x</a>",
    "<link rel=attachment href=file:///etc/passwd>",
    "<img src=http://127.0.0.1:9/x.png onerror=alert(1)>",
    '" onmouseover="alert(1)" x=\'',
    "{{ 7 * 7 }} {% include '/etc/passwd' %}",
    "javascript:alert(1) url(http://127.0.0.1:9/) @import 'file:///etc/passwd'",
    "\x1b]0;owned\x07\x00\u202egnp\udc80\uffff",
    "駐車場 \U0001f697 العربية",
    "x" * 200_000,
)


def _text(pdf: bytes, *options: str) -> str:
    done = run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


class _Page(HTMLParser):
    """The tags, attributes and text of a page, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        self.text += data


def _parsed(html: bytes) -> _Page:
    parsed = _Page()
    parsed.feed(html.decode())
    return parsed


@pytest.fixture(scope="module")
def html() -> bytes:
    return formats()[".html"].render(SAID)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return formats()[".pdf"].render(SAID)


def _hostile_scan(text: str) -> Scan:
    """The sample with this text in every field that a host or a file may have written."""
    results = tuple(
        replace(r, message=text, key=text, fix=text, evidence=(Evidence(path=text, seen=text),))
        for r in SCAN.results
        if r.verdict in {Verdict.FAIL, Verdict.UNKNOWN}
    )
    hosts = tuple(replace(host, site=text, zone=text, role=text) for host in SCAN.hosts)
    return replace(SCAN, results=results[:12], hosts=hosts, profile=text, id=text, assessments=())


def _hostile(text: str) -> Content:
    rules = {
        name: replace(rule, title=text, rationale=text, remediation=text)
        for name, rule in sample_rules().items()
    }
    return content(_hostile_scan(text), rules)


def test_both_formats_are_found_by_their_suffix():
    assert formats()[".html"].media_type.startswith("text/html")
    assert formats()[".pdf"].media_type == "application/pdf"
    assert all(suffix == form.suffix for suffix, form in formats().items())


def test_both_formats_hold_every_finding_with_its_evidence_and_fix(html, pdf):
    shown = (_flat(_parsed(html).text), _flat(_text(pdf)), _flat(_text(pdf, "-layout")))
    for case in SAID.failures:
        for wanted in (case.title, case.rule, case.fix.splitlines()[0], *(p.message for p in case.places)):
            assert any(_flat(wanted) in text for text in shown[:1]), wanted
            assert any(_flat(wanted) in text for text in shown[1:]), wanted
    assert "\\x1b[2JPAYST-2" in shown[0]
    assert "\\x1b[2JPAYST-2" in shown[1]


def test_both_formats_hold_every_control_and_every_unseen_host(html, pdf):
    shown = (_flat(_parsed(html).text), _flat(_text(pdf)))
    for text in shown:
        assert SAID.headline.sentence in text
        assert "Not tested by a machine" in text
        assert "198.51.100.7: no route to host" in text
        for standard in SAID.standards:
            assert [c.id for c in standard.shown if c.id not in text] == []


def test_no_format_calls_a_control_compliant_or_in_place(html, pdf):
    for text in (_parsed(html).text, _text(pdf)):
        told = re.sub(r"compliance", "", _flat(text).lower())
        assert "compliant" not in told
        assert "in place" not in told


def test_the_html_is_one_file_that_asks_for_nothing_and_runs_nothing(html):
    parsed = _parsed(html)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base", "form"} & set(parsed.tags)
    targets = [value for name, value in parsed.attributes if name in {"href", "src", "action", "data"}]
    assert targets
    assert all(target.startswith("#") for target in targets)
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name == "style"]


def test_every_link_leads_to_an_element_of_the_page_and_no_id_stands_twice(html):
    parsed = _parsed(html)
    ids = [value for name, value in parsed.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for name, value in parsed.attributes if name == "href"} <= set(ids)


def test_the_policy_allows_this_very_style_sheet_and_nothing_else(html):
    text = html.decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_shown_in_html_and_changes_no_tag(text):
    parsed = _parsed(formats()[".html"].render(_hostile(text)))
    assert not {"script", "link", "img", "iframe"} & set(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name == "rel"]
    assert _flat(text)[:40] in _flat(parsed.text) or not text.isprintable()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e\ud800-\udfff\uffff]", parsed.text)
    assert "49" not in parsed.text or "7 * 7" in parsed.text


def test_hostile_text_makes_a_pdf_that_embeds_nothing_and_links_nowhere():
    pdf = formats()[".pdf"].render(_hostile("\n".join(text[:300] for text in HOSTILE)))
    text = _flat(_text(pdf))
    for wanted in (
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "\\x1b]0;owned",
        "\\u99d0\\u8eca",
        "\\U0001f697",
    ):
        assert wanted in text
    with pikepdf.open(BytesIO(pdf)) as document:
        assert not document.attachments
        assert "/JavaScript" not in document.Root.get("/Names", {})
        for number, sheet in enumerate(document.pages):
            for note in sheet.get("/Annots", []):
                assert "/URI" not in note.get("/A", {}), number
        assert {name.split("+")[-1] for name in _font_names(document)} <= FONTS


def test_the_fonts_of_the_paper_draw_every_character_that_is_let_through():
    let_through = {chr(code) for code in range(0x20, 0x30000) if drawable(chr(code)) == chr(code)}
    assert let_through > set("azAZ09 äöüßéñçøœşžΩЖ€—…“”•■▲●✓✗")
    for weight in ("regular", "bold"):
        drawn = {
            chr(code) for family in ("Liberation Sans", "DejaVu Sans Mono") for code in _cmap(family, weight)
        }
        assert let_through - drawn == set()


@pytest.mark.parametrize(
    "leak",
    [
        '<link rel="attachment" href="file:///etc/passwd">',
        '<a rel="attachment" href="file:///etc/passwd">x</a>',
        '<img src="file:///etc/passwd">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<style>@import "file:///etc/passwd";</style>',
        "<style>p { background: url(http://127.0.0.1:9/) }</style><p>x</p>",
    ],
)
def test_a_template_without_an_escape_makes_no_document_at_all(leak):
    with pytest.raises(ReportFailed, match="outside itself"):
        written(f"<html lang=en><title>x</title>{leak}")


def test_the_pdf_is_tagged_named_and_carries_its_fonts(pdf):
    with pikepdf.open(BytesIO(pdf)) as document:
        root = document.Root
        assert str(root.Lang) == "en"
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        assert len(root.StructTreeRoot.K) > 0
        assert root.Outlines.Count != 0
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Compliance report, scan 7f3a91c2"
        names = _font_names(document)
    assert {name.split("+")[-1] for name in names} == FONTS


def test_the_sample_has_at_most_twelve_pages_each_with_its_number(pdf):
    sheets = _text(pdf).split("\f")[:-1]
    assert len(sheets) <= 12
    for number, sheet in enumerate(sheets, start=1):
        assert f"Page {number} of {len(sheets)}" in sheet
        assert "scan 7f3a91c2" in sheet


def test_the_first_page_is_enough_to_decide(pdf):
    first = _flat(_text(pdf, "-l", "1"))
    for wanted in (
        SAID.headline.sentence,
        "Do these first",
        "Coverage",
        "camera-hub.south.example",
        "PCI DSS 4.0.1: requirements",
        "Designated entities",
        *(number.label for number in SAID.numbers),
        *(case.title for case in SAID.urgent),
    ):
        assert wanted in first


def test_no_word_stands_outside_the_margins(pdf):
    boxes = re.findall(r'<word xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.]+)"', _text(pdf, "-bbox"))
    assert len(boxes) > 2000
    assert min(float(left) for left, _ in boxes) >= 42
    assert max(float(right) for _, right in boxes) <= 595.3 - 42


def test_the_same_scan_gives_the_same_bytes_in_another_process_zone_and_language(html, pdf):
    program = """if True:
        from hashlib import sha256
        from compliance.report.content import content
        from compliance.report.formats import formats
        from tests.samples import sample_rules, sample_scan
        said = content(sample_scan(), sample_rules())
        for suffix in (".html", ".pdf"):
            print(sha256(formats()[suffix].render(said)).hexdigest())
    """
    elsewhere = os.environ | {
        "PYTHONHASHSEED": "4711",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = run([sys.executable, "-c", program], env=elsewhere, capture_output=True, check=True, timeout=90)
    assert done.stdout.decode().split() == [sha256(html).hexdigest(), sha256(pdf).hexdigest()]


def test_a_pdf_that_would_be_too_long_says_what_it_leaves_out():
    text = _flat(_text(written(page(bounded(SAID, 20), Medium.PAPER))))
    assert "3 more failing places are left out here" in text
    assert "4 more hosts are left out here" in text
    assert "361 more controls are left out here" in text
    assert "Designated entities" in text


@pytest.mark.parametrize("suffix", [".html", ".pdf"])
@pytest.mark.parametrize(
    ("scan", "wanted"),
    [
        (replace(SCAN, hosts=(), observations=(), results=(), assessments=()), "this scan has no host"),
        (replace(SCAN, observations=(), results=(), assessments=()), "none of the 6 hosts could be seen"),
        (
            replace(
                SCAN, results=tuple(r for r in SCAN.results if r.verdict is not Verdict.FAIL), assessments=()
            ),
            "No check fails. That is not the same as passing",
        ),
        (replace(SCAN, assessments=()), "No framework was asked for"),
    ],
)
def test_a_report_with_nothing_in_it_says_why(suffix, scan, wanted):
    written = formats()[suffix].render(content(scan, sample_rules()))
    text = _parsed(written).text if suffix == ".html" else _text(written)
    assert wanted in _flat(text)


def test_all_text_is_readable_on_its_ground():
    sheet = files("report_templates").joinpath("base.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", sheet))
    grounds = {name for name in colours if "ground" in name or name == "shade"}
    inks = set(colours) - grounds - {"rule"}
    assert len(grounds) >= 4
    assert {severity.value for severity in Severity} - {"info"} <= inks
    poor = {
        (ink, ground): round(contrast, 2)
        for ink in inks
        for ground in grounds
        if (contrast := _contrast(colours[ink], colours[ground])) < 4.5
    }
    assert poor == {}
    for name in ("paper.css", "screen.css"):
        other = files("report_templates").joinpath(name).read_text(encoding="utf-8")
        assert set(re.findall(r"(?<![-\w])color: (#\w+)", other)) <= {colours["quiet"]}


def test_every_state_is_told_by_a_word_beside_its_shape(html):
    signs = re.findall(
        r'<span class="sign [\w-]+"><span class="shape" aria-hidden="true">(.)</span> (.+?)</span>',
        html.decode(),
    )
    assert len(signs) > 300
    assert all(len(word) > 2 for _, word in signs)
    assert html.decode().count('class="sign ') == len(signs)


def _contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, 1.4.3."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _fonts(document: pikepdf.Pdf) -> list[pikepdf.Object]:
    return [
        font for sheet in document.pages for font in sheet.get("/Resources", {}).get("/Font", {}).values()
    ]


def _font_names(document: pikepdf.Pdf) -> set[str]:
    names = set()
    for font in _fonts(document):
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        names.add(str(font.BaseFont).lstrip("/"))
    return names


def _cmap(family: str, weight: str) -> set[int]:
    found = run(
        ["fc-match", "--format=%{file}", f"{family}:{weight}"], capture_output=True, check=True, timeout=30
    ).stdout.decode()
    assert family.replace(" ", "") in found, f"{family} is not installed"
    return set(TTFont(found).getBestCmap())
