"""The store against a real SQLite file: what is kept comes back as it was; refusals are one clear line."""

import multiprocessing
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlmodel import SQLModel

from compliance.model.errors import StoreFailed, UnknownName
from compliance.model.finding import Change, Event, Finding, Kind, State
from compliance.model.host import Address, Host, Scope
from compliance.model.lifecycle import Coverage, reconcile
from compliance.model.observation import NotSeen, Observation, Seen, Task
from compliance.model.result import Evidence, Result, Verdict
from compliance.model.rule import Severity
from compliance.model.scan import Scan
from compliance.model.schedule import Run, RunState, Schedule
from compliance.store.schema import HEAD
from compliance.store.unit import Store, Unit, open_store
from scanners import UNKNOWN, Facts, Gap, Pace, PartialList, Reason, UnknownFact
from scanners.ports import Port, PortsFacts

T0 = datetime(2026, 1, 5, 8, 30, 15, 123456, tzinfo=UTC)
WEEK = timedelta(days=7)
KIOSK = Host(name="kiosk-7", address=Address("kiosk-7.example"), site="Graz", ports=(22, 443), login="audit")
GATE = Host(name="gate", address=Address("::1"), scopes=frozenset({Scope.PERSONAL_DATA}), pace=Pace.GENTLE)


class Door(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    locus: str
    names: tuple[str, ...] = UNKNOWN
    seen_at: datetime = UNKNOWN


class DoorFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    doors: tuple[Door, ...] = UNKNOWN
    words: dict[str, str] = UNKNOWN


TYPES = {"doors": DoorFacts, "other": DoorFacts}
FACTS = DoorFacts(
    doors=(Door(locus="tcp/1", names=PartialList(("a", "b")), seen_at=T0), Door(locus="tcp/2", names=())),
    gaps=(Gap(path="words", reason=Reason.NOT_PERMITTED, detail="no root"),),
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state' / 'compliance.db'}"


@pytest.fixture
def store(url: str) -> Store:
    return open_store(url, TYPES)


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    with store.begin() as unit:
        yield unit


def seen(host: str = "kiosk-7", scanner: str = "doors", facts: Facts = FACTS, at: datetime = T0) -> Seen:
    return Seen(task=Task(host=host, scanner=scanner), at=at, facts=facts)


def not_seen(host: str = "gate", scanner: str = "doors") -> NotSeen:
    task = Task(host=host, scanner=scanner)
    return NotSeen(task=task, at=T0, reason=Reason.UNREACHABLE, detail="no answer\x1b[31m \u2013")


def result(verdict: Verdict = Verdict.FAIL, key: str = "tcp/1", rule: str = "doors-shut") -> Result:
    return Result(
        host="kiosk-7",
        rule=rule,
        key=key,
        verdict=verdict,
        severity=Severity.HIGH,
        message="the door is open",
        fix="shut it",
        evidence=(Evidence(path="doors[0].names", seen="a, b"),),
        observed_at=T0,
    )


def begin_scan(store: Store, scan_id: str = "s1", started: datetime = T0) -> None:
    with store.begin() as unit:
        unit.scans.start(scan_id, started=started, version="1", profile="default", hosts=(KIOSK, GATE))


def kept_scan(
    store: Store,
    scan_id: str,
    observations: tuple[Observation, ...],
    results: tuple[Result, ...],
    started: datetime,
) -> None:
    begin_scan(store, scan_id, started)
    for observation in observations:
        with store.begin() as unit:
            unit.scans.keep(scan_id, observation)
    with store.begin() as unit:
        unit.scans.finish(scan_id, finished=started + timedelta(minutes=1), results=results)


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(query).fetchall()


# hosts


def test_hosts_come_back_as_they_were_declared(unit):
    unit.hosts.put(KIOSK)
    unit.hosts.put(GATE)
    assert unit.hosts.all() == (GATE, KIOSK)
    assert unit.hosts.named("kiosk-7") == KIOSK
    assert unit.hosts.named("nobody") is None


def test_a_declaration_is_replaced(unit):
    unit.hosts.put(KIOSK)
    unit.hosts.put(replace(KIOSK, site="Linz", ports=None))
    assert unit.hosts.all() == (replace(KIOSK, site="Linz", ports=None),)


def test_a_retired_host_is_gone_until_it_is_put_back(unit):
    unit.hosts.put(KIOSK)
    unit.hosts.retire("kiosk-7", T0)
    assert unit.hosts.all() == ()
    assert unit.hosts.named("kiosk-7") is None
    assert unit.hosts.retired() == {"kiosk-7"}
    with pytest.raises(UnknownName):
        unit.hosts.retire("kiosk-7", T0)
    unit.hosts.put(KIOSK)
    assert unit.hosts.named("kiosk-7") == KIOSK


# scans


def test_a_scan_is_read_back_as_it_was(store):
    results = (result(), result(Verdict.UNKNOWN, key=""), result(Verdict.PASS, key="\u00e9"))
    kept_scan(store, "s1", (not_seen(), seen()), results, T0)
    with store.begin() as unit:
        read = unit.scans.read("s1")
    assert read == Scan(
        id="s1",
        started=T0,
        finished=T0 + timedelta(minutes=1),
        version="1",
        profile="default",
        hosts=(KIOSK, GATE),
        observations=(seen(), not_seen()),
        results=results,
    )
    assert read.started.tzinfo is UTC
    (first,) = read.blanks[:1]
    assert first.reason == "unreachable"


def test_what_was_unknown_comes_back_unknown_and_a_cut_list_stays_cut(store):
    kept_scan(store, "s1", (seen(),), (), T0)
    with store.begin() as unit:
        facts = unit.scans.read("s1").observations[0].facts
    assert facts.words is UNKNOWN
    assert facts.doors[1].seen_at is UNKNOWN
    assert facts.doors[1].names == ()
    with pytest.raises(UnknownFact):
        len(facts.doors[0].names)
    assert "a" in facts.doors[0].names


def test_the_same_facts_are_stored_once(store, url):
    kept_scan(store, "s1", (seen(), seen(scanner="other")), (), T0)
    kept_scan(store, "s2", (seen(at=T0 + WEEK),), (), T0 + WEEK)
    facts = rows(url, "SELECT DISTINCT facts FROM observations")
    assert len(facts) == 1
    assert rows(url, f"SELECT count(*) FROM blobs WHERE digest = '{facts[0][0]}'") == [(1,)]
    assert rows(url, "SELECT count(*) FROM observations") == [(3,)]


def test_a_scan_that_was_cut_off_keeps_what_was_kept(store, url):
    begin_scan(store)
    with store.begin() as unit:
        unit.scans.keep("s1", seen(at=T0 + WEEK))
    del store
    with open_store(url, TYPES).begin() as unit:
        read = unit.scans.read("s1")
        (entry,) = unit.scans.all()
        assert unit.scans.newest() is None
    assert read.observations == (seen(at=T0 + WEEK),)
    assert read.results == ()
    assert read.finished == T0 + WEEK
    assert entry.finished is None
    assert entry.hosts == ("kiosk-7", "gate")


KILLED = """
import os, signal, sys
from tests.contract.test_store import TYPES, begin_scan, open_store, seen
store = open_store(sys.argv[1], TYPES)
begin_scan(store)
with store.begin() as unit:
    unit.scans.keep("s1", seen())
with store.begin() as unit:
    unit.scans.keep("s1", seen(scanner="other"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_whole_units_only(url):
    died = subprocess.run([sys.executable, "-c", KILLED, url], check=False, cwd=Path(__file__).parents[2])
    assert died.returncode < 0
    with open_store(url, TYPES).begin() as unit:
        assert unit.scans.read("s1").observations == (seen(),)


def test_the_ports_that_the_newest_look_saw_open_are_known_by_host(url):
    store = open_store(url, {**TYPES, "ports": PortsFacts})
    looks = [
        (("kiosk-7", 0), Seen, (22, 80)),
        (("kiosk-7", 1), Seen, (22, 443)),
        (("gate", 0), Seen, (8080,)),
        (("gate", 1), NotSeen, ()),
    ]
    for week in range(2):
        begin_scan(store, f"s{week}", T0 + week * WEEK)
    for (host, week), kind, ports in looks:
        task, at = Task(host=host, scanner="ports"), T0 + week * WEEK
        doors = PartialList(
            Port(locus=f"tcp/{port}", port=port, protocol="tcp", state="open") for port in ports
        )
        look = Seen(task=task, at=at, facts=PortsFacts(open=doors))
        with store.begin() as unit:
            unit.scans.keep(f"s{week}", look if kind is Seen else replace(not_seen(), task=task, at=at))
    with store.begin() as unit:
        assert unit.scans.open_ports() == {"kiosk-7": (22, 443), "gate": (8080,)}


def test_a_store_that_saw_no_ports_knows_none(store):
    kept_scan(store, "s1", (seen(),), (), T0)
    with store.begin() as unit:
        assert unit.scans.open_ports() == {}


def test_scans_are_listed_newest_first(store):
    kept_scan(store, "b", (), (), T0)
    kept_scan(store, "a", (), (), T0 + WEEK)
    begin_scan(store, "c", T0 + 2 * WEEK)
    with store.begin() as unit:
        assert [entry.id for entry in unit.scans.all()] == ["c", "a", "b"]
        assert unit.scans.newest() == "a"


def test_a_scan_that_is_not_there_is_named(unit):
    with pytest.raises(UnknownName, match="nothing"):
        unit.scans.read("nothing")


def test_times_of_other_zones_come_back_as_the_same_instant(store):
    kept_scan(store, "s1", (), (), T0.astimezone(timezone(timedelta(hours=-5))))
    with store.begin() as unit:
        assert unit.scans.read("s1").started == T0
        assert unit.scans.read("s1").started.utcoffset() == timedelta(0)


def test_damaged_evidence_is_said_and_not_believed(store, url):
    kept_scan(store, "s1", (seen(),), (), T0)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE blobs SET content = zeroblob(10)")
    with pytest.raises(StoreFailed, match="damaged"), store.begin() as unit:
        unit.scans.read("s1")


def test_facts_that_this_version_does_not_know_are_said(store, url):
    kept_scan(store, "s1", (seen(),), (), T0)

    class Changed(Facts, frozen=True, kw_only=True):
        doors: int

    with pytest.raises(StoreFailed, match="Changed"), open_store(url, {"doors": Changed}).begin() as unit:
        unit.scans.read("s1")
    with pytest.raises(StoreFailed, match="doors"), open_store(url, {}).begin() as unit:
        unit.scans.read("s1")


# intervals


def test_a_week_without_change_costs_no_row_and_a_change_ends_one(store, url):
    for number, verdict in enumerate([Verdict.FAIL, Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]):
        kept_scan(store, f"s{number}", (), (result(verdict),), T0 + number * WEEK)
    found = rows(url, "SELECT verdict, ended IS NULL FROM intervals ORDER BY id")
    assert found == [("fail", 0), ("unknown", 0), ("pass", 1)]


def test_a_place_that_is_gone_ends_only_where_its_rule_was_asked(store, url):
    kept_scan(store, "s1", (), (result(key="tcp/1"), result(key="tcp/2"), result(rule="else")), T0)
    kept_scan(store, "s2", (), (result(key="tcp/1"),), T0 + WEEK)
    found = rows(url, "SELECT rule, key, ended IS NULL FROM intervals ORDER BY rule, key")
    assert found == [("doors-shut", "tcp/1", 1), ("doors-shut", "tcp/2", 0), ("else", "tcp/1", 1)]


# findings


def test_findings_live_through_scans_and_remember_every_event(store):
    covered = Coverage(seen=frozenset({("kiosk-7", "doors-shut")}))
    told = [
        result(),
        replace(result(), observed_at=T0 + WEEK),
        replace(result(Verdict.PASS), observed_at=T0 + 2 * WEEK),
    ]
    for each in told:
        with store.begin() as unit:
            unit.findings.put(reconcile(unit.findings.known(["kiosk-7"]), [each], covered, T0))
    with store.begin() as unit:
        (found,) = unit.findings.known(["kiosk-7", "gate"])
        events = unit.findings.events(found.identity)
        assert unit.findings.open() == ()
        assert unit.findings.all() == (found,)
        assert unit.findings.known(["gate"]) == ()
    assert (found.state, found.first_seen, found.last_seen) == (State.FIXED, T0, T0 + WEEK)
    assert [event.kind for event in events] == [Kind.OPENED, Kind.CONFIRMED, Kind.FIXED]
    assert [event.at for event in events] == [T0, T0 + WEEK, T0 + 2 * WEEK]


def test_a_unit_that_fails_leaves_nothing(store):
    found = Finding(
        host="h",
        rule="r",
        key="",
        state=State.OPEN,
        first_seen=T0,
        last_seen=T0,
        severity=Severity.LOW,
        message="m",
    )
    change = Change(finding=found, event=Event(host="h", rule="r", key="", kind=Kind.OPENED, at=T0))

    def put_and_fail() -> None:
        with store.begin() as unit:
            unit.findings.put([change])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        put_and_fail()
    with store.begin() as unit:
        assert unit.findings.all() == ()


# schedules


WEEKLY = Schedule(
    name="weekly",
    cron="0 3 * * mon",
    timezone="Europe/Vienna",
    hosts=("kiosk-7", "gate"),
    profile="default",
    folder="/srv/reports, old",
    formats=("html", "pdf"),
    created=T0,
)


def test_schedules_come_back_and_go(unit):
    unit.schedules.put(WEEKLY)
    unit.schedules.put(replace(WEEKLY, cron="0 4 * * mon"))
    assert unit.schedules.all() == (replace(WEEKLY, cron="0 4 * * mon"),)
    unit.schedules.remove("weekly")
    assert unit.schedules.named("weekly") is None
    with pytest.raises(UnknownName):
        unit.schedules.remove("weekly")


def test_a_due_time_is_claimed_once_and_its_end_is_written_down(store):
    run = Run(schedule="weekly", due=T0 + WEEK, state=RunState.RUNNING, started=T0 + WEEK)
    done = replace(run, state=RunState.DONE, scan="s1", finished=T0 + WEEK)
    with store.begin() as unit:
        unit.schedules.put(WEEKLY)
        assert unit.schedules.last_run("weekly") is None
        assert unit.schedules.claim(run)
    with store.begin() as unit:
        assert not unit.schedules.claim(replace(run, state=RunState.MISSED))
        unit.schedules.finish(done)
    with store.begin() as unit:
        assert unit.schedules.last_run("weekly") == done
        assert unit.schedules.runs("weekly") == (done,)
        with pytest.raises(UnknownName):
            unit.schedules.finish(replace(done, due=T0))


def test_a_schedule_put_back_owes_nothing_for_the_time_between(unit):
    unit.schedules.put(WEEKLY)
    unit.schedules.claim(Run(schedule="weekly", due=T0 + WEEK, state=RunState.DONE))
    unit.schedules.remove("weekly")
    unit.schedules.put(replace(WEEKLY, created=T0 + 10 * WEEK))
    assert unit.schedules.last_run("weekly") is None
    assert len(unit.schedules.runs("weekly")) == 1


# opening


def _write_hosts(url: str, prefix: str) -> None:
    store = open_store(url, TYPES)
    for number in range(25):
        with store.begin() as unit:
            known = len(unit.hosts.all())
            unit.hosts.put(replace(KIOSK, name=f"{prefix}{number}", owner=str(known)))


def test_processes_that_open_and_write_at_once_lose_nothing(url):
    writers = [
        multiprocessing.get_context("spawn").Process(target=_write_hosts, args=(url, prefix))
        for prefix in "abc"
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    with open_store(url, TYPES).begin() as unit:
        hosts = unit.hosts.all()
    assert len(hosts) == 75
    assert sorted(int(host.owner) for host in hosts) == list(range(75))


def test_the_file_is_for_its_owner_alone(store, url):
    path = Path(url.removeprefix("sqlite:///"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_store_is_opened_again_without_change(store, url):
    before = rows(url, "SELECT sql FROM sqlite_master")
    open_store(url, TYPES)
    assert rows(url, "SELECT sql FROM sqlite_master") == before


def test_migrations_give_the_same_schema_as_the_tables(store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        migrated = _shape(connection)
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with engine.connect() as connection:
        assert migrated == _shape(connection)
    engine.dispose()


def _shape(connection):
    """Columns, keys and indexes of every table but Alembic's own."""
    found = inspect(connection)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"], c["primary_key"]) for c in found.get_columns(name)],
            sorted((i["name"], tuple(i["column_names"]), i["unique"]) for i in found.get_indexes(name)),
            sorted(
                (tuple(k["constrained_columns"]), k["referred_table"]) for k in found.get_foreign_keys(name)
            ),
            sorted(tuple(u["column_names"]) for u in found.get_unique_constraints(name)),
        )
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def test_the_head_that_the_store_expects_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", "compliance.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_foreign_keys_are_enforced(store):
    with pytest.raises(StoreFailed), store.begin() as unit:
        unit.scans.keep("no such scan", seen())


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda path: path.write_bytes(
                b"this is no database at all, but long enough to be looked at" * 20
            ),
            "no database",
        ),
        (lambda path: path.mkdir(), "cannot be opened"),
        (
            lambda path: sqlite3.connect(path).executescript("CREATE TABLE cats (name)").close(),
            "something else",
        ),
    ],
    ids=["text", "folder", "another-program"],
)
def test_what_is_not_our_database_is_refused_in_one_line_and_left_alone(make, says, tmp_path):
    path = tmp_path / "x.db"
    connection = make(path)
    del connection
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreFailed, match=says) as refused:
        open_store(f"sqlite:///{path}", TYPES)
    assert "\n" not in refused.value.message
    assert refused.value.hint
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreFailed, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'x.db'}", TYPES)


@pytest.mark.parametrize(
    "url", ["", "x", "nosuch://x", "sqlite://", "sqlite:///:memory:", "oracle://u:secret@h/d"]
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url):
    with pytest.raises(StoreFailed) as refused:
        open_store(url, TYPES)
    assert "secret" not in refused.value.message + refused.value.hint


def test_a_newer_schema_is_refused_and_left_alone(store, url):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreFailed, match="9999") as refused:
        open_store(url, TYPES)
    assert "newer" in refused.value.hint
    assert rows(url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_database_that_another_process_holds_is_named_as_locked(store, url, monkeypatch):
    monkeypatch.setattr("compliance.store.engine.PATIENCE_MS", 50)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFailed, match="locked"), store.begin() as unit:
            unit.hosts.all()


def test_opening_an_up_to_date_store_does_not_load_alembic(store, url):
    script = "import sys; from compliance.store.unit import open_store; open_store(sys.argv[1], {})"
    check = "; sys.exit('alembic' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script + check, url], check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0


LATER = (
    "advisory_sources", "advisories", "advisory_ranges", "cves", "lifetimes", "package_versions",
    "package_sets", "host_packages",
)  # fmt: skip


def test_a_database_of_the_first_schema_is_brought_up_to_date_with_what_is_in_it(store, url, tmp_path):
    kept_scan(store, "aaaa0001", (), (), T0)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        for table in reversed(LATER):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE scans DROP COLUMN judgement")
        connection.execute("ALTER TABLE hosts DROP COLUMN inventory")
        connection.execute("DROP TABLE inventories")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    again = open_store(url, TYPES)
    with again.begin() as unit:
        found = unit.scans.read("aaaa0001")
    assert found.judgement is None
    assert rows(url, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_ranges_that_an_older_schema_kept_are_taken_over(store, url):
    before = """
        DROP TABLE advisory_ranges;
        CREATE TABLE advisory_ranges (package VARCHAR NOT NULL, release VARCHAR NOT NULL,
            is_source BOOLEAN NOT NULL, fixed BLOB NOT NULL, introduced BLOB NOT NULL,
            advisory INTEGER NOT NULL, source INTEGER NOT NULL, fixed_version VARCHAR NOT NULL,
            state VARCHAR NOT NULL,
            PRIMARY KEY (package, release, is_source, fixed, introduced, advisory),
            FOREIGN KEY(source) REFERENCES advisory_sources (id)) WITHOUT ROWID;
        INSERT INTO advisory_ranges VALUES ('curl', 'debian:12', 1, X'01', X'', 7, 1, '8', 'fixed');
        UPDATE alembic_version SET version_num = '0004';
    """
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.executescript(before)
    open_store(url, TYPES)
    assert rows(url, "SELECT * FROM advisory_ranges") == [
        ("debian:12", "curl", 1, b"\x01", b"", 7, "8", "fixed")
    ]
