"""What advisories say of packages that were seen: the rules that decide whether people trust it."""

from dataclasses import replace
from datetime import date

import pytest

from compliance.actions.advisories import import_advisories
from compliance.actions.choose import Order
from compliance.actions.scan import scan
from compliance.actions.vulnerable import with_vulnerabilities
from compliance.actions.whatif import Question, try_out
from compliance.model.errors import BadBundle
from compliance.model.observation import NotSeen, Seen, Task
from compliance.model.result import Verdict
from compliance.model.vulnerability import DERIVED, VULNERABILITIES
from compliance.policy.load import load_books
from compliance.policy.profiles import load_profiles
from compliance.store.unit import open_store
from scanners import UNKNOWN, Need, PartialList, Reason
from scanners.packages.facts import Kernel, OperatingSystem, Package, PackageFacts
from tests.unit.actions.house import AT, KIOSK, Bringer, Eyes, service_in
from tests.unit.advisories import bundles
from tests.unit.advisories.bundles import NOW, packed

TYPES = {"packages": PackageFacts, **DERIVED}
RULES = """
format: rules/v1
pack: lamps
version: 1.0.0
rules:
  - id: flaws-absent
    title: No flaw with a fix is there
    severity: high
    tags: [light]
    rationale: One is safer.
    remediation: Upgrade.
    for_each: {p: host.vulnerabilities.packages}
    when_empty: pass
    require: p.flaws.all(f, f.state != 'fixed')
    key: "{p.locus}"
"""
PROFILE = "format: profile/v1\nid: default\ntitle: All\nselect: [{pack: lamps}]\n"
FILLER = tuple(bundles.osv(f"F-{n}", package=f"filler{n}") for n in range(30))


@pytest.fixture
def service(tmp_path):
    base = service_in(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "rules.yaml").write_text(RULES)
    (tmp_path / "own-profiles").mkdir()
    (tmp_path / "own-profiles" / "profile.yaml").write_text(PROFILE)
    book = load_books([tmp_path / "own" / "rules.yaml"], TYPES).hosts
    loaded = load_profiles([tmp_path / "own-profiles"], book)
    store = open_store(f"sqlite:///{tmp_path / 'own.db'}", TYPES)
    policies = replace(base.policies, book=book, profiles={one.id: one for one in loaded}, fleet=None)
    eyes = Eyes(name="packages", facts=PackageFacts, need=Need.SHELL)
    return replace(base, scanners={"packages": eyes}, policies=policies, store=store, clock=lambda: NOW)


def bring(service, tmp_path, *documents):
    """Import these and enough others to make a whole source."""
    file = tmp_path / "bundle.zip"
    file.write_bytes(packed({f"{n}.json": text for n, text in enumerate((*FILLER, *documents))}))
    return import_advisories(service, [file])


def package(name="openssl", version="3.0.7-24.el9", **more):
    told = {"locus": f"package/{name}", "architecture": "x86_64", "source": name, "source_version": version}
    return Package(name=name, version=version, **{**told, **more})


def looked(*packages, os=("almalinux", "9.4"), manager="rpm", **more):
    kernel = Kernel(running="", newest_installed="", contained=True)
    facts = PackageFacts(
        manager=manager,
        os=OperatingSystem(id=os[0], version=os[1]),
        installed=packages,
        **{"kernel": kernel, **more},
    )
    return Seen(task=Task(host="kiosk-7", scanner="packages"), at=AT, facts=facts)


def facts_of(service, look):
    (derived,) = [one for one in with_vulnerabilities(service, [look]) if one.task.scanner == VULNERABILITIES]
    assert isinstance(derived, Seen)
    assert derived.at == look.at
    return derived.facts


def gap(facts, path="packages"):
    return next((one.detail for one in facts.gaps if one.path == path), "")


def test_a_flaw_is_told_with_all_that_is_known_of_it(service, tmp_path):
    bring(service, tmp_path, bundles.osv(fixed="3.0.7-25.el9"), bundles.KEV, bundles.EPSS)
    facts = facts_of(service, looked(package(), package("zlib")))
    (found,) = facts.packages
    assert (found.locus, found.version, found.fixed_version) == (
        "package/openssl",
        "3.0.7-24.el9",
        "3.0.7-25.el9",
    )
    assert found.fix == "dnf upgrade openssl"
    (flaw,) = found.flaws
    assert (flaw.advisory, flaw.cves, flaw.state) == ("ALSA-1", ("CVE-2026-0001",), "fixed")
    assert flaw.rating == "critical"
    assert flaw.severity == 9.0
    assert flaw.score is UNKNOWN
    assert (flaw.exploited, flaw.due, flaw.likelihood) == (True, date(2026, 2, 2), 0.93)
    assert flaw.published == date(2026, 1, 10)
    assert {one.name for one in facts.sources} == {"osv AlmaLinux:9", "kev", "epss"}
    assert all(len(one.sha256) == 64 for one in facts.sources)


def test_without_advisories_for_the_release_nothing_is_known_rather_than_clean(service, tmp_path):
    bring(service, tmp_path, bundles.osv())
    facts = facts_of(service, looked(package(), os=("debian", "12"), manager="dpkg"))
    assert facts.packages is UNKNOWN
    assert facts.sources is UNKNOWN
    assert "no advisory source for debian:12" in gap(facts)


def test_a_handful_of_advisories_is_no_whole_source(service, tmp_path):
    file = tmp_path / "one.json"
    file.write_bytes(bundles.osv())
    import_advisories(service, [file])
    facts = facts_of(service, looked(package(version="9-1")))
    assert isinstance(facts.packages, tuple)
    assert "only 1 times" in gap(facts)


def test_without_the_catalogue_it_is_not_known_whether_a_flaw_is_exploited(service, tmp_path):
    bring(service, tmp_path, bundles.osv())
    facts = facts_of(service, looked(package()))
    assert facts.packages[0].flaws[0].exploited is UNKNOWN
    assert "KEV" in gap(facts, "packages.flaws.exploited")


def test_the_source_package_decides_and_the_binary_one_where_advisories_name_it(service, tmp_path):
    source = bundles.osv("D-1", package="curl", fixed="8.0-2", ecosystem="Debian:12")
    fill = [bundles.osv(f"D-F{n}", package=f"x{n}", ecosystem="Debian:12") for n in range(30)]
    bring(service, tmp_path, source, *fill)
    library = package("libcurl4", "8.0-1+b1", source="curl", source_version="8.0-1")
    rebuilt = package("curl", "8.0-2+b1", source="curl", source_version="8.0-2")
    facts = facts_of(service, looked(library, rebuilt, os=("debian", "12"), manager="dpkg"))
    assert [(one.package, one.source, one.flaws[0].advisory) for one in facts.packages] == [
        ("libcurl4", "curl", "D-1")
    ]


def debian_with(service, tmp_path, *documents):
    fill = [bundles.osv(f"D-F{n}", package=f"x{n}", ecosystem="Debian:12") for n in range(30)]
    bring(service, tmp_path, *fill, *documents)


def kernel_of(version, release, source="linux-signed-amd64"):
    name = f"linux-image-{release}"
    return package(name, version, source=source, source_version=version.replace("-1", "+1"))


def test_the_running_kernel_is_judged_and_others_stand_apart(service, tmp_path):
    debian_with(
        service, tmp_path, bundles.osv("D-1", package="linux", fixed="6.1.90-1", ecosystem="Debian:12")
    )
    old, new = kernel_of("6.1.85-1", "6.1.0-20-amd64"), kernel_of("6.1.90-1", "6.1.0-21-amd64")
    headers = package("linux-libc-dev", "6.1.85-1", source="linux", source_version="6.1.85-1")
    for running, judged in (("6.1.0-20-amd64", [old.name]), ("6.1.0-21-amd64", [])):
        kernel = Kernel(running=running, newest_installed="6.1.0-21-amd64", contained=False)
        look = looked(old, new, headers, os=("debian", "12"), manager="dpkg", kernel=kernel)
        facts = facts_of(service, look)
        assert [one.package for one in facts.packages] == judged
        apart = {one.package for one in facts.not_running}
        assert apart == {headers.name, old.name} - set(judged)
        assert not gap(facts)


def test_a_running_kernel_that_no_package_owns_leaves_the_list_open(service, tmp_path):
    debian_with(service, tmp_path)
    kernel = Kernel(running="6.1.0-19-amd64", newest_installed="", contained=False)
    look = looked(kernel_of("6.1.85-1", "6.1.0-20-amd64"), os=("debian", "12"), manager="dpkg", kernel=kernel)
    assert "6.1.0-19-amd64 belongs to no installed package" in gap(facts_of(service, look))


@pytest.mark.parametrize(
    ("more", "why"),
    [({"version": "8.0-1~bpo12+1"}, "backport"), ({"origin": "Docker"}, "third-party")],
)
def test_backports_and_packages_of_others_are_unknown_and_never_clean(service, tmp_path, more, why):
    debian_with(service, tmp_path, bundles.osv("D-1", package="curl", fixed="9", ecosystem="Debian:12"))
    facts = facts_of(service, looked(package("curl", **more), os=("debian", "12"), manager="dpkg"))
    assert [(one.package, one.why) for one in facts.unjudged] == [("curl", why)]
    assert not facts.packages
    assert "no advisory source: curl" in gap(facts)


def test_what_the_distribution_itself_offers_is_judged(service, tmp_path):
    debian_with(service, tmp_path, bundles.osv("D-1", package="curl", fixed="9", ecosystem="Debian:12"))
    look = looked(package("curl", "8", origin="Debian"), os=("debian", "12"), manager="dpkg")
    assert [one.package for one in facts_of(service, look).packages] == ["curl"]


@pytest.mark.parametrize(
    ("vendor", "is_judged"),
    [
        ("AlmaLinux", True),
        ("Fedora Project", False),
        ("PostgreSQL Global Development Group", False),
        ("", False),
        (UNKNOWN, True),
    ],
)
def test_an_rpm_of_another_vendor_is_unknown_and_never_clean(service, tmp_path, vendor, is_judged):
    bring(service, tmp_path, *FILLER, bundles.osv("A-1", package="curl", fixed="9"))
    facts = facts_of(service, looked(package("curl", "8", origin=vendor)))
    assert [one.package for one in facts.packages] == (["curl"] if is_judged else [])
    assert [one.why for one in facts.unjudged] == ([] if is_judged else ["third-party"])


def test_no_fix_is_a_state_of_its_own_and_not_affected_takes_it_back(service, tmp_path):
    tracker = bundles.TRACKER
    debian_with(service, tmp_path, tracker)
    curl = package("curl", "7.74", source="curl", source_version="7.74")
    fill = [bundles.osv(f"E-{n}", package=f"x{n}", ecosystem="Debian:13") for n in range(30)]
    debian_with(service, tmp_path, tracker, *fill)
    facts = facts_of(service, looked(curl, os=("debian", "13"), manager="dpkg"))
    assert [(flaw.state, flaw.fixed_version) for flaw in facts.packages[0].flaws] == [("will-not-fix", "")]
    assert facts.packages[0].fix == ""
    cleared = bundles.TRACKER.replace(
        b'"open", "urgency": "low", "nodsa_reason": "ignored"', b'"resolved", "fixed_version": "0"'
    )
    debian_with(service, tmp_path, cleared, *fill)
    assert not facts_of(service, looked(curl, os=("debian", "13"), manager="dpkg")).packages


def test_fixes_of_another_module_stream_are_not_for_this_one(service, tmp_path):
    fixed = "1:18.20.2-1.module_el9.4.0+100+aaaaaaaa"
    bring(service, tmp_path, bundles.osv(package="nodejs", fixed=fixed))
    versions = {
        "1:16.20.2-4.module_el9.4.0+90+bbbbbbbb": 0,
        "1:16.20.2-8.el9": 0,
        "1:18.19.0-1.module_el9.3.0+90+cccccccc": 1,
    }
    for version, count in versions.items():
        assert len(facts_of(service, looked(package("nodejs", version))).packages) == count


@pytest.mark.parametrize(
    ("day", "support", "is_whole"),
    [
        (date(2026, 6, 10), "full", True),
        (date(2026, 6, 11), "security-only", True),
        (date(2028, 6, 30), "security-only", True),
        (date(2028, 7, 1), "paid", False),
        (date(2033, 7, 1), "ended", False),
    ],
)
def test_support_has_four_states_and_past_it_nothing_is_clean(service, tmp_path, day, support, is_whole):
    debian_with(service, tmp_path, bundles.DISTRO_INFO)
    look = looked(package("curl"), os=("debian", "12"), manager="dpkg")
    look = replace(look, at=AT.replace(year=day.year, month=day.month, day=day.day))
    facts = facts_of(service, look)
    assert (facts.support, facts.support_ends) == (support, date(2028, 6, 30))
    assert bool(gap(facts)) is not is_whole
    assert is_whole or "unsupported since 2028-06-30" in gap(facts)


def test_packages_that_were_not_seen_have_no_flaws_that_are_seen(service):
    blind = NotSeen(
        task=Task(host="kiosk-7", scanner="packages"), at=AT, reason=Reason.NO_LOGIN, detail="none"
    )
    _, derived = with_vulnerabilities(service, [blind])
    assert (derived.task.scanner, derived.reason) == (VULNERABILITIES, Reason.NO_LOGIN)
    blank = replace(looked(), facts=PackageFacts())
    _, derived = with_vulnerabilities(service, [blank])
    assert derived.reason is Reason.NOT_COLLECTED


def test_too_many_flaws_of_one_package_leave_its_list_short(service, tmp_path):
    bring(service, tmp_path, *(bundles.osv(f"A-{n}") for n in range(401)))
    (found,) = facts_of(service, looked(package())).packages
    assert isinstance(found.flaws, PartialList)


def test_a_new_bundle_is_judged_on_kept_facts_without_a_scan(service, tmp_path):
    bring(service, tmp_path)
    looking = replace(service, dispatcher=Bringer((looked(package()),)))
    with service.store.begin() as unit:
        unit.hosts.put(KIOSK)
    done = scan(looking, Order(hosts=("kiosk-7",)), lambda _step: None)
    assert [result.verdict for result in done.results] == [Verdict.PASS]
    blind = replace(service, dispatcher=Bringer())
    bring(blind, tmp_path, bundles.osv())
    (change, *_) = try_out(blind, Question()).changes
    assert (change.before, change.after, change.key) == ("", "fail", "package/openssl")
    kept = [one for one in done.observations if one.task.scanner == VULNERABILITIES]
    assert len(kept) == 1


def test_an_import_says_what_shrank_and_what_it_could_not_read(service, tmp_path):
    first = bring(service, tmp_path, bundles.osv())
    assert not first.warnings
    (tmp_path / "bundle.zip").write_bytes(packed({"a": bundles.osv(), "b": b'{"id": 1, "modified": 2}'}))
    later = import_advisories(replace(service, clock=lambda: NOW), [tmp_path / "bundle.zip"])
    assert "1 entries, formerly 31" in later.warnings[0]
    assert "b: no OSV record" in later.troubles[0]
    (tmp_path / "empty.txt").write_text("nothing")
    with pytest.raises(BadBundle, match="of no format that is known"):
        import_advisories(service, [tmp_path / "empty.txt"])
