"""Payment pages on loopback: their scripts and headers, beside what is authorised."""

import base64
import hashlib
from pathlib import Path

import pytest

from compliance.actions.choose import Order
from compliance.actions.pack import kept_scan
from compliance.actions.scan import scan as scan_now
from compliance.actions.scripts import authorised_text
from compliance.model.errors import BadSettings, UnknownName
from compliance.model.result import Verdict
from compliance.wiring import open_service
from scanners import Means, PartialList, Reason, Target
from scanners.http.scan import HttpScanner
from scanners.kit.authorised import Authorised, Baseline, Headers, read_baseline
from tests.contract.test_http import SAFE
from tests.servers.tls import HERE, free_port
from tests.servers.web import HTML, web_server

BODY = (
    b"<script>pay()</script><script src=/own.js></script>"
    b'<script src="https://cdn.example/lib.js" integrity="sha384-abc"></script>'
    b"<script src=http://127.0.0.2:PORT/other.js></script>"
)
OWN = b"let stay = 1;"


def sri(data):
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def shop(body=BODY, own=OWN, headers=tuple(SAFE)):
    return {"/": (200, [HTML], b"hello"), "/pay": (200, [HTML, *headers], body), "/own.js": (200, [], own)}


def look(port, *authorised, path="/pay", headers="", **target):
    url = f"http://{HERE}:{port}{path}"
    listed = (Headers(page=url, sha256=headers),) if headers else ()
    scripts = tuple(Authorised(page=url, **words) for words in authorised)
    scanner = HttpScanner(payment_pages=(url,), authorised=Baseline(scripts=scripts, headers=listed))
    facts = scanner.scan(Target(address=HERE, **{"ports": (port,), **target}), Means(timeout=2.0))
    (page,) = facts.payment_pages
    return page, facts


def test_each_script_is_listed_with_its_origin_and_what_it_hashes_to():
    with web_server(shop()) as web:
        page, facts = look(web.port)
    inline, own, pinned, stranger = page.scripts
    assert (inline.locus, inline.origin, inline.sha256) == ("inline:1", "inline", sri(b"pay()"))
    assert (own.locus, own.origin) == (f"http://{HERE}:{web.port}/own.js", "own")
    assert (own.sha256, own.integrity) == (sri(OWN), "")
    assert (pinned.origin, pinned.integrity) == ("third-party", "sha384-abc")
    assert stranger.origin == "third-party"
    assert not any(script.listed for script in page.scripts)
    unfetched = {gap.path for gap in facts.gaps if gap.reason is Reason.NOT_COLLECTED}
    assert unfetched == {
        f"payment_pages[{page.locus}].scripts[{script.locus}].sha256" for script in (pinned, stranger)
    }


def test_a_script_of_another_host_or_port_is_never_fetched():
    with web_server({}) as stranger:
        body = f'<script src="http://{HERE}:{stranger.port}/a.js"></script>'.encode()
        with web_server(shop(body + b"<script src=//127.0.0.2/b.js></script>")) as web:
            page, _ = look(web.port)
    assert [script.origin for script in page.scripts] == ["third-party", "third-party"]
    assert stranger.asked == []
    assert {path for _, path in web.asked} == {"/", "/pay"}


def test_what_is_authorised_stands_beside_what_is_seen():
    with web_server(shop()) as web:
        here = f"http://{HERE}:{web.port}"
        page, _ = look(
            web.port,
            {"script": "inline", "sha256": sri(b"pay()"), "reason": "starts it", "by": "N"},
            {"script": f"{here}/own.js", "sha256": sri(b"other"), "reason": "adds", "by": "N", "at": "today"},
            {"script": "https://cdn.example/lib.js", "integrity": "sha384-abc"},
            {"script": f"{here}/gone.js", "sha256": sri(b"gone")},
            {"script": "inline", "sha256": sri(b"gone too")},
        )
    inline, own, pinned, stranger = page.scripts
    assert (inline.listed, inline.listed_sha256, inline.reason) == (True, inline.sha256, "starts it")
    assert (own.listed, own.listed_sha256, own.by, own.at) == (True, sri(b"other"), "N", "today")
    assert (pinned.listed, pinned.listed_integrity, pinned.reason) == (True, "sha384-abc", "")
    assert stranger.listed is False
    assert page.missing == (f"{here}/gone.js", f"inline {sri(b'gone too')}")


def test_an_inline_script_with_other_bytes_is_not_the_authorised_one():
    with web_server(shop(b"<script>steal()</script>")) as web:
        page, _ = look(web.port, {"script": "inline", "sha256": sri(b"pay()"), "reason": "r", "by": "N"})
    (script,) = page.scripts
    assert script.listed is False


def test_headers_have_a_digest_that_a_nonce_does_not_change_and_a_looser_policy_does():
    def digest(policy):
        with web_server(shop(headers=(("Content-Security-Policy", policy), ("Date-Like", "x")))) as web:
            page, _ = look(web.port, headers="sha256-known")
        assert page.listed_headers_sha256 == "sha256-known"
        return page.headers_sha256

    assert digest("script-src 'nonce-abc'") == digest("script-src 'nonce-xyz'")
    assert digest("script-src 'nonce-abc'") != digest("script-src 'nonce-abc' *")


@pytest.mark.parametrize("answer", [(404, [], b""), (302, [("Location", "https://127.0.0.1/x")], b"")])
def test_a_page_that_is_not_shown_is_not_known_and_says_why(answer):
    with web_server({"/": (200, [], b""), "/pay": answer}) as web:
        page, facts = look(web.port)
    assert not isinstance(page.scripts, tuple)
    assert (f"payment_pages[{page.locus}]", Reason.INCONCLUSIVE) in [(g.path, g.reason) for g in facts.gaps]


def test_a_page_at_a_port_that_was_not_to_be_looked_at_is_not_visited():
    with web_server(shop()) as web:
        other = free_port()
        with web_server(shop()) as second:
            page, facts = look(web.port, ports=(second.port, other))
    assert web.asked == []
    assert [gap.reason for gap in facts.gaps if gap.path.startswith("payment_pages")] == [
        Reason.NOT_PERMITTED
    ]
    assert not isinstance(page.scripts, tuple)


def test_a_page_of_another_host_is_no_page_of_this_one():
    scanner = HttpScanner(payment_pages=("https://pay.example/", "ftp://127.0.0.1/", "http://[::bad/"))
    with web_server(shop()) as web:
        facts = scanner.scan(Target(address=HERE, ports=(web.port,)), Means(timeout=2.0))
    assert facts.payment_pages == ()


def test_a_page_with_too_many_scripts_is_known_in_part():
    with web_server(shop(b"<script>1</script>" * 70)) as web:
        page, _ = look(web.port)
    assert isinstance(page.scripts, PartialList)
    assert not isinstance(page.missing, tuple)


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setenv("COMPLIANCE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COMPLIANCE_SCAN__TIMEOUT_SECONDS", "2")

    def opened(port: int, authorised: Path | None = None):
        monkeypatch.setenv("COMPLIANCE_HTTP__PAYMENT_PAGES", f'["http://{HERE}:{port}/pay"]')
        if authorised:
            monkeypatch.setenv("COMPLIANCE_HTTP__AUTHORISED", str(authorised))
        return open_service(None)

    return opened


def verdicts(service, port):
    order = Order(hosts=(HERE,), scanners=("http",), ports=(port,))
    done = scan_now(service, order, lambda _step: None)
    return {
        result.rule.removeprefix("http-payment-"): result.verdict
        for result in done.results
        if result.rule.startswith("http-payment-")
    }


def test_from_the_first_scan_to_a_page_that_was_tampered_with(house, tmp_path):
    pages = shop(b"<script>pay()</script><script src=/own.js></script>")
    file = tmp_path / "payment-pages.toml"
    with web_server(pages) as web:
        service = house(web.port)
        assert verdicts(service, web.port)["scripts-authorised"] is Verdict.FAIL
        text = authorised_text(kept_scan(service, ""))
        file.write_text(text)
        assert (
            verdicts(house(web.port, file), web.port)["scripts-authorised"] is Verdict.FAIL
        )  # nobody says why
        file.write_text(text.replace('reason = ""', 'reason = "r"').replace('by = ""', 'by = "J. Novák"'))
        service = house(web.port, file)
        assert set(verdicts(service, web.port).values()) == {Verdict.PASS}
        assert authorised_text(kept_scan(service, "")).count("J. Novák") == 2
        pages["/own.js"] = (200, [], b"steal()")
        pages["/pay"] = (200, [HTML], pages["/pay"][2].replace(b"<script>pay()</script>", b""))
        tampered = verdicts(service, web.port)
        again = authorised_text(kept_scan(service, ""))
    assert tampered == {
        "scripts-authorised": Verdict.PASS,
        "scripts-unchanged": Verdict.FAIL,
        "headers-unchanged": Verdict.FAIL,
        "scripts-present": Verdict.FAIL,
    }
    assert "J. Novák" not in again  # what changed must be authorised anew


def test_what_a_page_writes_cannot_break_out_of_the_file(house):
    body = b'<script src="/a&quot;&#10;[[scripts]]&#127;\\.js"></script>'
    with web_server(shop(body)) as web:
        service = house(web.port)
        verdicts(service, web.port)
        baseline = read_baseline(authorised_text(kept_scan(service, "")))
    (entry,) = baseline.scripts
    assert "[[scripts]]" in entry.script


def test_a_scan_without_payment_pages_has_nothing_to_authorise(house):
    with web_server(shop()) as web:
        service = house(free_port())
        verdicts(service, web.port)
        with pytest.raises(UnknownName, match="no payment page"):
            authorised_text(kept_scan(service, ""))


@pytest.mark.parametrize("text", ["format = 1", "[[scripts]]\npage = 'x'", "[[scripts]]\nspelt = 'x'", "="])
def test_a_file_that_is_none_stops_the_service_in_words(house, tmp_path, text):
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(BadSettings, match=r"bad\.toml"):
        house(1, file)


def test_a_page_declared_by_a_name_is_found_on_the_host_that_the_name_means():
    with web_server(shop()) as web:
        url = f"http://localhost:{web.port}/pay"
        scanner = HttpScanner(payment_pages=(url,))
        facts = scanner.scan(Target(address=HERE, ports=(web.port,)), Means(timeout=2.0))
        elsewhere = scanner.scan(Target(address="127.0.0.2", ports=(web.port,)), Means(timeout=2.0))
    (page,) = facts.payment_pages
    assert page.scripts[1].locus == f"http://localhost:{web.port}/own.js"
    assert page.scripts[1].sha256 == sri(OWN)
    assert elsewhere.payment_pages == ()


def test_more_pages_than_are_visited_are_known_in_part():
    with web_server(shop()) as web:
        urls = tuple(f"http://{HERE}:{web.port}/pay?n={number}" for number in range(17))
        facts = HttpScanner(payment_pages=urls).scan(
            Target(address=HERE, ports=(web.port,)), Means(timeout=2.0)
        )
    assert isinstance(facts.payment_pages, PartialList)
    assert "payment_pages" in {gap.path for gap in facts.gaps}


@pytest.mark.parametrize(
    "lie", [b"<script src=http://[::bad/x.js></script>", b"<script src=//:99999/></script>"]
)
def test_an_address_that_is_none_is_a_script_that_was_not_fetched(lie):
    with web_server(shop(lie)) as web:
        page, facts = look(web.port)
    (script,) = page.scripts
    assert script.origin == "third-party"
    assert any(gap.path.endswith(".sha256") for gap in facts.gaps)
