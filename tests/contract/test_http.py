"""Web servers on loopback show their headers and their page, and what was not asked for is said."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import Means, Pace, PartialList, Reason, Target
from scanners.http.page import read_page
from scanners.http.scan import SCANNER
from tests.servers import tls as servers
from tests.servers.tls import HERE, bad_server, free_port, greeting, nginx_server
from tests.servers.web import HTML, web_server

SAFE = [
    ("Strict-Transport-Security", 'max-age="31536000"; includeSubDomains'),
    ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "NoSniff"),
    ("Referrer-Policy", "no-referrer"),
]


def scan(port, pace=Pace.NORMAL, timeout=3.0, **more):
    target = Target(address=HERE, **({"ports": (port,)} | more))
    return SCANNER.scan(target, Means(timeout=timeout, pace=pace))


def the_endpoint(facts):
    (endpoint,) = facts.endpoints
    return endpoint


def page(body, *headers):
    return {"/": (200, [HTML, *headers], body)}


def test_a_page_inside_tls_shows_its_headers(pki):
    cookies = [("Set-Cookie", "id=1; Secure; HttpOnly; SameSite=Lax"), ("Set-Cookie", "seen=2")]
    with web_server(page(b"<title>Pay &amp; go</title>", *SAFE, *cookies), pki.leaf()) as web:
        facts = scan(web.port)
    endpoint = the_endpoint(facts)
    assert facts.gaps == ()
    assert (endpoint.reached, endpoint.tls, endpoint.status) == ("answered", True, 200)
    assert endpoint.title == "Pay & go"
    assert (endpoint.hsts_seconds, endpoint.frame_ancestors, endpoint.frame_options) == (
        31536000,
        True,
        "deny",
    )
    assert (endpoint.content_type_options, endpoint.referrer_policy) == ("nosniff", "no-referrer")
    assert endpoint.csp.startswith("default-src 'self'")
    assert endpoint.server == "TestWeb"
    first, second = endpoint.cookies
    assert (first.locus, first.secure, first.http_only, first.same_site) == ("id", True, True, "lax")
    assert (second.locus, second.secure, second.http_only, second.same_site) == ("seen", False, False, "")


def test_a_plain_page_without_headers_shows_that_there_are_none():
    with web_server(page(b"hello")) as web:
        endpoint = the_endpoint(scan(web.port))
    assert (endpoint.tls, endpoint.hsts_seconds, endpoint.csp, endpoint.frame_options) == (False, 0, "", "")
    assert (endpoint.cookies, endpoint.scripts, endpoint.forms, endpoint.authenticate) == ((), (), (), ())
    assert endpoint.redirects_to_tls is False


def test_nothing_but_get_is_ever_sent_and_never_to_another_place():
    pages = {
        "/": (302, [("Location", "/start?a=1")], b""),
        "/start?a=1": (200, [HTML], b"<form method=post action=/login><input type=password></form>"),
        "/away": (302, [("Location", "http://127.0.0.2:PORT/")], b""),
    }
    with web_server(pages) as web:
        endpoint = the_endpoint(scan(web.port))
    assert set(web.asked) == {("GET", "/"), ("GET", "/start?a=1")}
    assert endpoint.location == "/start?a=1"
    assert [(form.password, form.encrypted) for form in endpoint.forms] == [(True, False)]


@pytest.mark.parametrize("location", ["https://127.0.0.1/", "HTTPS://pay.example/x", "https://[::bad/"])
def test_a_redirect_to_tls_is_seen_and_not_followed(location):
    with web_server({"/": (301, [("Location", location)], b"")}) as web:
        endpoint = the_endpoint(scan(web.port))
    assert (endpoint.status, endpoint.redirects_to_tls) == (301, True)
    assert web.asked == [("GET", "/")]


def test_a_redirect_without_end_is_left():
    with web_server({"/": (302, [("Location", "/")], b"")}) as web:
        assert the_endpoint(scan(web.port)).status == 302
    assert len(web.asked) <= 6


def test_scripts_are_listed_with_what_they_hash_to(pki):
    body = (
        b'<script>var a = "<script src=no.js>";</script><!-- <script src=commented.js></script> -->'
        b"<script src=/own.js></script><script type=application/json>{}</script>"
        b'<script src="https://cdn.example/pay.js" integrity="sha384-x"></script>'
        b"<script src=/gone.js></script>"
    )
    pages = page(body) | {"/own.js": (200, [], b"let own = 1;")}
    with web_server(pages, pki.leaf()) as web:
        facts = scan(web.port)
    inline, own, other, gone = the_endpoint(facts).scripts
    assert (inline.locus, inline.inline) == ("inline:1", True)
    assert inline.sha256 == hashlib.sha256(b'var a = "<script src=no.js>";').hexdigest()
    assert (own.locus, own.elsewhere, own.sha256) == (
        "/own.js",
        False,
        hashlib.sha256(b"let own = 1;").hexdigest(),
    )
    assert (other.elsewhere, other.integrity) == (True, True)
    assert repr(other.sha256) == repr(gone.sha256) == "UNKNOWN"
    place = f"endpoints[tcp/{web.port}].scripts"
    assert [(gap.path, gap.reason) for gap in facts.gaps] == [
        (f"{place}[https://cdn.example/pay.js].sha256", Reason.NOT_COLLECTED),
        (f"{place}[/gone.js].sha256", Reason.INCONCLUSIVE),
    ]
    assert not [path for _, path in web.asked if "cdn" in path or "commented" in path or "no.js" in path]


def test_a_password_field_outside_any_form_counts_as_one():
    with web_server(page(b"<div><input type=password></div>")) as web:
        (form,) = the_endpoint(scan(web.port)).forms
    assert (form.password, form.encrypted) == (True, False)


def test_a_plain_form_that_is_sent_inside_tls_is_encrypted():
    with web_server(page(b"<form action='https://pay.example/'><input type=password></form>")) as web:
        (form,) = the_endpoint(scan(web.port)).forms
    assert form.encrypted is True


def test_basic_authentication_is_seen():
    with web_server({"/": (401, [("WWW-Authenticate", 'Basic realm="camera"')], b"")}) as web:
        endpoint = the_endpoint(scan(web.port))
    assert (endpoint.status, endpoint.authenticate) == (401, ("basic",))


def test_private_addresses_in_headers_are_seen():
    with web_server(page(b"", ("X-Backend", "10.1.2.3:8080, 8.8.8.8, 999.1.1.1"))) as web:
        assert the_endpoint(scan(web.port)).internal_addresses == ("10.1.2.3",)


def test_nginx_shows_a_listing_inside_tls_and_its_default_page(pki, tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "secret.txt").write_text("x")
    with nginx_server(
        tmp_path, f"location ~ ^/ {{ root {tmp_path}/www; autoindex on; }}", pki.leaf()
    ) as port:
        endpoint = the_endpoint(scan(port))
        assert (endpoint.tls, endpoint.listing, endpoint.default_page) == (True, True, "")
        assert endpoint.server.startswith("nginx")
        (tmp_path / "www" / "index.html").write_text("<title>Welcome to nginx!</title>")
        endpoint = the_endpoint(scan(port))
    assert (endpoint.listing, endpoint.default_page) == (False, "nginx")


@pytest.mark.parametrize("words", [b"SSH-2.0-x\r\n", b"220 mail\r\n", b"RFB 003.008\n"])
def test_a_port_that_speaks_first_is_no_endpoint_and_is_told_nothing(words):
    with bad_server(greeting(words)) as port:
        facts = scan(port)
    assert (facts.endpoints, facts.gaps) == ((), ())


@pytest.mark.parametrize("say", [servers.silent, servers.closing, servers.resetting, servers.garbage])
def test_a_port_of_another_protocol_is_no_endpoint(say):
    with bad_server(say) as port:
        assert scan(port, timeout=0.6).endpoints == ()


def test_silence_where_the_web_is_expected_is_not_decided(monkeypatch):
    with bad_server(servers.silent) as port:
        monkeypatch.setattr("scanners.http.scan.USUAL_PORTS", (port,))
        facts = scan(port, timeout=0.5)
    assert the_endpoint(facts).reached == "undecided"
    assert [gap.path for gap in facts.gaps] == [f"endpoints[tcp/{port}]"]


def test_a_host_that_is_met_gently_is_asked_on_the_usual_ports_alone(monkeypatch):
    with web_server(page(b"hello")) as web:
        facts = scan(web.port, Pace.GENTLE)
        assert web.asked == []
        monkeypatch.setattr("scanners.http.scan.USUAL_PORTS", (web.port,))
        assert the_endpoint(scan(web.port, Pace.GENTLE)).reached == "answered"
    assert the_endpoint(facts).reached == "undecided"
    assert [gap.reason for gap in facts.gaps] == [Reason.NOT_COLLECTED]


def test_a_printer_is_sent_nothing(monkeypatch):
    with web_server(page(b"hello")) as web:
        monkeypatch.setattr("scanners.http.scan.FRAGILE", {web.port: "a printer prints what it is sent"})
        facts = scan(web.port)
    assert web.asked == []
    assert "prints" in facts.gaps[0].detail


def test_a_page_without_end_is_read_in_part():
    def endless(sock, stop):
        sock.recv(4096)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<script>1</script>")
        while not stop.is_set():
            sock.sendall(b"<p>more</p>" * 1000)

    with bad_server(endless) as port:
        facts = scan(port)
    endpoint = the_endpoint(facts)
    assert endpoint.status == 200
    assert isinstance(endpoint.scripts, PartialList)
    assert {gap.path.rpartition(".")[2] for gap in facts.gaps} == {"scripts", "forms"}


def test_a_port_that_refuses_has_no_server():
    facts = scan(free_port())
    assert (facts.endpoints, facts.gaps) == ((), ())


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/!-=\"' scriptformnpuwdahe\n&;", max_size=300))
def test_any_page_can_be_read(text):
    seen = read_page(text)
    assert len(seen.scripts) <= text.count("<")


def test_a_hostile_page_is_read_at_once():
    pages = ("<script" * 60_000, "<!--" * 100_000, "<form " * 60_000 + ">", "<input a=" * 50_000 + ">")
    for text in pages:
        assert read_page(text).title == ""
