"""The search for card data, records and keys by the real script: here, over sshd, under busybox."""

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanners import Means, Target
from scanners.discovery import DiscoveryScanner
from scanners.discovery.facts import DiscoveryFacts
from scanners.discovery.parse import parse
from scanners.discovery.plan import Cursor, Folder, Plan, new_probe, search_script
from scanners.facts import UNKNOWN, PartialList, Reason
from scanners.kit.hostkeys import Trust, known_hosts_pins
from scanners.kit.shell import LocalShell, Said, Shell
from scanners.kit.ssh import Access, SshShell, default_access
from tests.servers.ssh import ssh_server

CARD = "4539578763621486"
"""Sound by its check digit, and no published test number."""
OTHERS = ("5425233430109903", "374245455400126", "2223000048410010", "3541599998103643", "6011601160116611")


BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"
"""A line as keys hold it; of a key that never was."""


class BusyboxShell:
    """The script run by busybox alone, with no other program on the path."""

    def __init__(self, folder: Path) -> None:
        busybox = shutil.which("busybox")
        assert busybox, "the set-up for tests installs busybox"
        self._folder = folder
        listed = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True)
        for applet in listed.stdout.split():
            (folder / applet).symlink_to(busybox)

    def run(self, script: bytes, *, timeout: float) -> Said:
        done = subprocess.run(
            [str(self._folder / "sh"), "-s"],
            input=script,
            capture_output=True,
            timeout=timeout,
            check=False,
            env={"PATH": str(self._folder), "LC_ALL": "C"},
        )
        return Said(stdout=done.stdout)


@pytest.fixture(scope="module", params=["here", "ssh", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    match request.param:
        case "here":
            yield LocalShell()
        case "busybox":
            yield BusyboxShell(tmp_path_factory.mktemp("busybox"))
        case _:
            with ssh_server(tmp_path_factory.mktemp("sshd")) as server:
                trust = Trust(pins=known_hosts_pins(server.known_hosts))
                access: Access = default_access(trust, key_files=(server.key,))
                yield SshShell("127.0.0.1", server.login, access=access, port=server.port)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "searched"
    folder.mkdir()
    return folder


def search(shell: Shell, plan: Plan, before: DiscoveryFacts | None = None, **more) -> DiscoveryFacts:
    means = Means(shell=shell, earlier=lambda _: before)
    return DiscoveryScanner(plan=plan, **more).scan(Target(address="localhost"), means)


def plan_for(root: Path, **more) -> Plan:
    return Plan(roots=(str(root),), seconds=60, **more)


def counts(facts: DiscoveryFacts, path: Path) -> tuple[int, ...]:
    """numbers, tests, tracks, codes, PIN blocks of a file; all zero if it is not listed"""
    files = [each for each in facts.cards if each.path == str(path)]
    if not files:
        return (0, 0, 0, 0, 0)
    [each] = files
    return (each.numbers, each.tests, each.tracks, each.codes, each.pin_blocks)


FOUND = [
    (f"pan={CARD}", (1, 0, 0, 0, 0)),
    (f'{{"card":"{CARD}","cvv":"123"}}', (1, 0, 0, 1, 0)),
    ("paid 4539 5787 6362 1486 12 26", (1, 0, 0, 0, 0)),
    ("paid 4539-5787-6362-1486.", (1, 0, 0, 0, 0)),
    ("amex 3742 454554 00126 ok", (1, 0, 0, 0, 0)),
    ("\n".join(OTHERS), (5, 0, 0, 0, 0)),
    ("4111111111111111", (0, 1, 0, 0, 0)),
    (f"7,{CARD},12/26,2026:{CARD}:9", (2, 0, 0, 0, 0)),
    (f"/pay/1/{CARD}/2", (1, 0, 0, 0, 0)),
    (f";{CARD}=25121011234567?", (1, 0, 1, 0, 0)),
    (f"%B{CARD}^DOE/JANE^25121011234", (1, 0, 1, 0, 0)),
    (f"tag57 {CARD}D25122011234", (1, 0, 1, 0, 0)),
    ("<CVV2>1234</CVV2>", (0, 0, 0, 1, 0)),
    ("cvc2 = 987", (0, 0, 0, 1, 0)),
    ("pin_block: 0123456789ABCDEF", (0, 0, 0, 0, 1)),
    ("card 36006666333344 and 6759649826438453", (0, 2, 0, 0, 0)),
    ("visa 4000000000006 old", (1, 0, 0, 0, 0)),
]
LEFT = [
    "4539578763621487",  # wrong check digit
    f"9{CARD}",
    f"{CARD}9",
    f"a{CARD}",
    f"{CARD}f",
    f"0.{CARD}",
    f"10.{CARD}",
    f"{CARD}.5",
    f"1732345678.{CARD}",
    "1732345678901234 1732345678901234567",  # clocks
    "550e8400-e29b-41d4-a716-446655440000",
    f"45395787-6362-{CARD}",
    "4444444444444448 0000000000000000",
    "2026-11-23 04:26:09",
    "4006381333931",  # the number of an article, whose check digit is sound by chance or not
    "cvv=***",
    "cvv_result: ok",
    "pin_block: (none)",
    "453957******1486",
]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=range(len(FOUND)))
def test_card_data_is_found_and_told_apart(root: Path, text: str, expected: tuple[int, ...]) -> None:
    (root / "a.log").write_text(f"first\n{text}\nlast\n")
    facts = search(LocalShell(), plan_for(root))
    assert counts(facts, root / "a.log") == expected
    assert facts.gaps == ()


@pytest.mark.parametrize("text", LEFT, ids=range(len(LEFT)))
def test_what_only_looks_like_a_card_is_left(root: Path, text: str) -> None:
    (root / "a.log").write_text(f"first\n{text}\nlast\n")
    facts = search(LocalShell(), plan_for(root))
    assert facts.cards == ()
    assert facts.searched.bytes > 10


def test_every_shell_finds_the_same(root: Path, shell: Shell) -> None:
    for number, (text, _) in enumerate(FOUND):
        (root / f"found-{number}.log").write_text(f"{text}\n")
    for number, text in enumerate(LEFT):
        (root / f"left-{number}.log").write_text(f"{text}\n")
    (root / "packed.log.gz").write_bytes(gzip.compress(f"pan={CARD}\n".encode()))
    (root / "binary.db").write_bytes(b"\x00\x01\xff" + CARD.encode() + b"\x00\xfe" * 20)
    facts = search(shell, plan_for(root))
    assert facts.searched.proved
    assert facts.gaps == ()
    for number, (_, expected) in enumerate(FOUND):
        assert counts(facts, root / f"found-{number}.log") == expected, FOUND[number]
    assert not [each.path for each in facts.cards if "/left-" in each.path]
    assert counts(facts, root / "packed.log.gz") == (1, 0, 0, 0, 0)
    assert counts(facts, root / "binary.db") == (1, 0, 0, 0, 0)


def test_the_whole_number_never_leaves_the_host(root: Path, shell: Shell) -> None:
    heard: list[bytes] = []

    class Listening:
        def run(self, script: bytes, *, timeout: float) -> Said:
            said = shell.run(script, timeout=timeout)
            heard.append(said.stdout)
            return said

    (root / "a.log").write_text("\n".join((CARD, *OTHERS, f"4539 5787 6362 1486 ;{CARD}=25121011234567?")))
    facts = search(Listening(), plan_for(root))
    [said] = heard
    assert b"453957******1486" in said
    for number in (CARD, *OTHERS):
        assert number.encode() not in said
        assert number[6:-4].encode() not in said.replace(b"\t", b" ")
        assert number not in repr(facts)
    assert facts.cards[0].samples[0] == "453957******1486"


def begins(kind: str) -> str:
    """The first line of a private key in PEM (RFC 7468), put together here: no file of ours holds one."""
    return f"-----BEGIN {kind}{'PRIVATE'} KEY-----"


def test_dumps_logins_and_keys_that_anybody_may_read_are_found(root: Path, shell: Shell) -> None:
    root.parent.chmod(0o755)
    (root / "db.sql").write_text("insert\n")
    (root / ".pgpass").write_text("*:*:*:u:p\n")
    (root / "shut.sql").write_text("insert\n")
    (root / "shut.sql").chmod(0o600)
    (root / "key.pem").write_text(f"{begins('')}\n{BODY}\n")
    (root / "locked.pem").write_text(f"{begins('ENCRYPTED ')}\n{BODY}\n")
    (root / "old.pem").write_text(f"{begins('RSA ')}\nProc-Type: 4,ENCRYPTED\n\n{BODY}\n")
    (root / "program.py").write_text(f"FIRST = '{begins('')}'\n\n")
    for name, phrase in (("id_open", ""), ("id_locked", "a passphrase")):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", str(root / name)]
        subprocess.run(words, check=True, timeout=30)
    facts = search(shell, plan_for(root))
    assert {(each.kind, Path(each.path).name, each.mode) for each in facts.exposed} == {
        ("dump", "db.sql", 0o644),
        ("credentials", ".pgpass", 0o644),
    }
    assert {Path(key.path).name: (key.clear, key.locked) for key in facts.keys} == {
        "key.pem": (1, 0),
        "locked.pem": (0, 1),
        "old.pem": (0, 1),
        "id_open": (1, 0),
        "id_locked": (0, 1),
    }
    assert next(key.mode for key in facts.keys if key.path.endswith("id_open")) == 0o600


def test_a_folder_that_bars_the_way_closes_what_stands_in_it(root: Path) -> None:
    barred = root / "barred"
    barred.mkdir(mode=0o700)
    (barred / "db.sql").write_text("insert\n")
    [found] = search(LocalShell(), plan_for(root)).exposed
    assert (found.mode, found.open) == (0o644, False)


def test_personal_data_in_addresses_is_counted_and_not_shown(root: Path, shell: Shell) -> None:
    (root / "access.log").write_text(
        '192.0.2.1 - - "GET /open?Plate=W-12345X HTTP/1.1" 200\n'
        '192.0.2.1 - - "GET /pay?mail=jane%40example.org HTTP/1.1" 200\n'
        '192.0.2.1 - - "GET /template?x=1 HTTP/1.1" 200\n'
    )
    facts = search(shell, plan_for(root))
    [log] = facts.addresses
    assert (log.plates, log.mails) == (1, 1)
    assert "W-12345X" not in repr(facts)
    assert "jane" not in repr(facts)


def aged(path: Path, days: float, text: str = "x") -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    then = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))


def test_images_are_counted_by_age_against_the_declared_retention(root: Path, shell: Shell) -> None:
    for number, days in enumerate((0.1, 1.5, 1.6, 5, 40, 400)):
        aged(root / "anpr" / f"{number}.jpg", days)
    aged(root / "anpr" / "readme.txt", 900)
    folders = (
        Folder(path=f"{root}/anpr", purpose="paid-stay", days=2),
        Folder(path=f"{root}/none", purpose="video"),
    )
    there, absent = search(shell, plan_for(root, folders=folders)).folders
    assert (there.images, there.beyond, there.oldest_days, there.newest_days) == (6, 3, 400, 0)
    assert [*there.ages.values()] == [1, 2, 1, 0, 1, 0, 1]
    assert absent.there is False
    assert absent.retention_days is UNKNOWN


def test_a_table_of_plates_has_the_retention_of_the_folder_around_it(root: Path, shell: Shell) -> None:
    aged(root / "anpr" / "export.csv", 30, "id;Plate_Number;time\n1;W-1;2\n")
    aged(root / "elsewhere.csv", 3, '"Kennzeichen","time"\n')
    aged(root / "other.csv", 3, "template,plates2go\n")
    folder = Folder(path=f"{root}/anpr", purpose="paid-stay", days=2)
    inner, outer = search(shell, plan_for(root, folders=(folder,))).records
    assert (inner.path, inner.age_days, inner.retention_days) == (f"{root}/anpr/export.csv", 30, 2)
    assert (outer.path, outer.retention_days) == (f"{root}/elsewhere.csv", UNKNOWN)
    assert (inner.around, outer.around) == (f"{root}/anpr", "")


def test_planted_files_that_are_found_are_no_finding(root: Path, shell: Shell) -> None:
    planted = root / "planted.txt"
    planted.write_text("4111 1111 1111 1111\n")
    facts = search(shell, plan_for(root, canary=(str(planted),)))
    assert facts.searched.proved is True
    assert facts.cards == ()


def test_a_planted_file_that_is_not_found_leaves_nothing_known(root: Path, shell: Shell) -> None:
    (root / "a.log").write_text(CARD)
    facts = search(shell, plan_for(root, canary=(f"{root}/planted.txt",)))
    assert facts.searched.proved is False
    assert facts.cards is UNKNOWN
    assert ("cards", Reason.INCONCLUSIVE) in {(gap.path, gap.reason) for gap in facts.gaps}


def test_a_budget_that_ran_out_is_not_none_found_and_the_next_scan_goes_on(root: Path, shell: Shell) -> None:
    for number in range(6):
        (root / f"{number}.log").write_text("nothing here " * 40_000)
    (root / "1.log").write_text(f"{CARD}\n" + "nothing here " * 40_000)
    (root / "5.log").write_text("nothing here " * 40_000 + f"\n{OTHERS[0]}\n")
    plan = plan_for(root, megabytes=1)
    facts, rounds = search(shell, plan), 1
    assert isinstance(facts.cards, PartialList)
    assert facts.searched.whole is False
    assert facts.searched.next_path == f"{root}/2.log"
    began = facts.searched.began
    while not facts.searched.whole:
        facts, rounds = search(shell, plan, facts), rounds + 1
        assert rounds < 10
    assert rounds > 2
    assert [each.path for each in facts.cards] == [f"{root}/1.log", f"{root}/5.log"]
    assert (facts.searched.began, facts.searched.files) == (began, 6)
    assert facts.gaps == ()


def test_a_file_larger_than_the_budget_is_read_in_parts(root: Path) -> None:
    filler = "nothing here\n" * 120_000
    (root / "a.log").write_text(f"{CARD}\n{filler}{OTHERS[0]}\n{filler}{OTHERS[1]}\n")
    plan = plan_for(root, megabytes=1)
    facts = search(LocalShell(), plan)
    assert facts.searched.next_offset > 1_000_000
    while not facts.searched.whole:
        facts = search(LocalShell(), plan, facts)
    assert counts(facts, root / "a.log") == (3, 0, 0, 0, 0)
    assert facts.searched.bytes < 2 * (root / "a.log").stat().st_size


def test_a_line_of_a_megabyte_is_read_whole_and_in_time(root: Path, shell: Shell) -> None:
    numbers = ",".join(str(number) for number in range(300_000, 400_000))
    (root / "a.json").write_text(f"[{numbers},{CARD},{numbers},{OTHERS[0]}]")
    assert counts(search(shell, plan_for(root)), root / "a.json") == (2, 0, 0, 0, 0)


def test_time_that_ran_out_is_said(root: Path) -> None:
    (root / "a.log").write_text(CARD)
    probe, now = new_probe(), datetime.now(UTC)
    script = search_script(plan_for(root), Cursor(), probe, marker="m", seconds=0)
    answer = parse(LocalShell().run(script, timeout=30), "m", probe, now)
    assert (answer.cut, answer.held, answer.done) == (Reason.TIMED_OUT, [], None)


def test_what_is_not_opened_makes_the_list_short(root: Path) -> None:
    (root / "a.zip").write_bytes(b"PK")
    (root / "a.mp4").write_bytes(b"film")
    facts = search(LocalShell(), plan_for(root))
    assert isinstance(facts.cards, PartialList)
    assert not isinstance(facts.exposed, PartialList)
    assert facts.searched.skipped == {"closed": 1, "media": 1}


def test_a_folder_that_was_named_and_is_not_there_is_said(root: Path, shell: Shell) -> None:
    facts = search(shell, Plan(roots=(str(root), f"{root}/none"), seconds=60))
    assert isinstance(facts.cards, PartialList)
    assert facts.searched.skipped == {"absent": 1}


def test_folders_within_each_other_and_links_to_folders_are_searched_once(root: Path, shell: Shell) -> None:
    (root / "inner").mkdir()
    (root / "inner" / "a.log").write_text(CARD)
    link = root.parent / "link"
    link.symlink_to(root / "inner")
    facts = search(shell, Plan(roots=(str(root), f"{root}/inner", str(link)), seconds=60))
    assert counts(facts, root / "inner" / "a.log") == (1, 0, 0, 0, 0)
    assert [Path(each.path).name for each in facts.cards] == ["a.log", "a.log"]


def test_names_with_blanks_quotes_and_new_lines_do_no_harm(root: Path, shell: Shell) -> None:
    for name in (
        "a b.log",
        "it's.log",
        '"; echo pwned".log',
        "$(touch x).log",
        "*",
        "-rf",
        "a\tb.log",
        "a\nb.log",
    ):
        (root / name).write_text(CARD)
    facts = search(shell, plan_for(root))
    found = {Path(each.path).name for each in tuple.__iter__(facts.cards)}
    assert found == {"a b.log", "it's.log", '"; echo pwned".log', "$(touch x).log", "*", "-rf"}
    assert facts.searched.skipped == {"odd-name": 2}
    assert sorted(path.name for path in root.iterdir()) == sorted(
        ("a b.log", "it's.log", '"; echo pwned".log', "$(touch x).log", "*", "-rf", "a\tb.log", "a\nb.log")
    )


def test_a_mount_of_a_network_is_left_alone_and_said(root: Path) -> None:
    """The mount stands in for one: what matters is that its name is never touched."""
    if os.geteuid() != 0:
        pytest.skip("mounting in a namespace of its own needs root")
    (root / "near").mkdir()
    (root / "far").mkdir()
    (root / "near" / "a.log").write_text(CARD)
    probe = new_probe()
    script = search_script(plan_for(root), Cursor(), probe, marker="m", seconds=60)
    prelude = f"mount -t devpts devpts '{root}/far' || exit 9\nexec /bin/sh -s"
    done = subprocess.run(
        ["unshare", "-m", "/bin/sh", "-c", prelude],
        input=script,
        capture_output=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 9 or b"unshare failed" in done.stderr:
        pytest.skip("no mount namespace here")
    answer = parse(Said(stdout=done.stdout), "m", probe, datetime.now(UTC))
    assert [held.place.path for held in answer.held] == [f"{root}/near/a.log"]
    assert answer.skipped["network"] == 1


def test_nothing_is_written_while_it_searches(root: Path, shell: Shell) -> None:
    (root / "a.log").write_text(CARD)
    before = {path: path.stat().st_mtime_ns for path in (root, root / "a.log")}
    search(shell, plan_for(root))
    assert {path: path.stat().st_mtime_ns for path in (root, root / "a.log")} == before
    assert [path.name for path in root.iterdir()] == ["a.log"]
