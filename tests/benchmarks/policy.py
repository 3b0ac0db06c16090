"""What judging costs: run as `python -m tests.benchmarks.policy`; `--table` compares other engines as well.

All figures are of one run on one machine, and are held against a floor that is measured beside them: the
same rules written by hand as Python functions. Bars in seconds are scaled to a machine on which that floor
takes 1.4 seconds for ten million evaluations.
"""

import gc
import sqlite3
import sys
import tempfile
from pathlib import Path

import msgspec

from compliance.model.host import Address, Host
from compliance.model.observation import Seen as Observed
from compliance.model.observation import Task
from compliance.policy.evaluate import Subject
from compliance.policy.load import load_rules
from compliance.policy.witness import witness_of
from tests.benchmarks.mix import floor as by_hand
from tests.benchmarks.mix import others
from tests.benchmarks.mix.load import NOW, ROLES, ZONES, Seen, host_facts, rules
from tests.benchmarks.mix.timing import bar, best

HOSTS = 300
_TEN_THOUSAND = 10_000
_FLOOR_SECONDS = 1.4


def _host(number):
    return Host(
        name=f"host{number}",
        address=Address("10.0.0.1"),
        role=ROLES[number % len(ROLES)],
        zone=ZONES[number % len(ZONES)],
    )


def _subject(host, facts):
    task = Task(host=host.name, scanner="seen")
    return Subject(host=host, observations=[Observed(task=task, at=NOW, facts=facts)])


def _load(folder: Path):
    path = folder / "rules.yaml"
    path.write_text(rules())
    return lambda: load_rules([path], {"seen": Seen})


def _floor():
    """Seconds for one evaluation by hand, and how many there are for a host."""
    found = by_hand.rules()
    hosts = [by_hand.dated(host_facts(number)) for number in range(HOSTS)]

    def judge():
        for number, facts in enumerate(hosts):
            by_hand.judged(found, facts, ROLES[number % 6], ZONES[number % 3], NOW)

    count = sum(len(hosts[0][name]) if name else 1 for name, _ in found)
    return best(judge) / HOSTS / count, count


def _evaluation(panel, subjects, count):
    """Seconds for one evaluation by the compiled functions."""
    roots = [witness_of(panel.schema, subject).root for subject in subjects]
    runs = [judge.code.run for judge in panel.judges]

    def judge():
        for root in roots:
            for run in runs:
                run(root, NOW)

    return best(judge) / HOSTS / count


def _stored(panel, payloads, path):
    """Seconds from the bytes of facts to verdicts in a database, for one host."""
    decoder = msgspec.json.Decoder(Seen)

    def work():
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        database.execute("create table verdict (host text, states blob, seen blob)")
        database.execute("create table row (host text, rule text, key text, state text, message text)")
        with database:
            for host, payload in payloads:
                _write(database, panel.judge(_subject(host, decoder.decode(payload))))
        database.close()

    return best(work) / len(payloads)


def _write(database, judgement):
    """A row for each place that does not pass; what was seen there in one piece for the host."""
    seen = msgspec.msgpack.encode([row.evidence for row in judgement.rows])
    database.execute("insert into verdict values (?, ?, ?)", (judgement.host, judgement.verdicts, seen))
    name = judgement.host
    rows = [(name, rule, key, verdict.value, message) for rule, key, verdict, message, _ in judgement.rows]
    database.executemany("insert into row values (?, ?, ?, ?, ?)", rows)


def _arriving(panel, payloads):
    """Seconds for one host that arrives, from its bytes to its judgement."""
    decoder = msgspec.json.Decoder(Seen)

    def work():
        for host, payload in payloads:
            panel.judge(_subject(host, decoder.decode(payload)))

    return best(work) / len(payloads)


def main(arguments: list[str]) -> int:
    """Print a line for each bar; 1 if one falls short."""
    with tempfile.TemporaryDirectory() as folder:
        load = _load(Path(folder))
        book = load()
        panel = book.panel()
        payloads = [(_host(number), msgspec.json.encode(host_facts(number))) for number in range(HOSTS)]
        decode = msgspec.json.Decoder(Seen).decode
        subjects = [_subject(host, decode(payload)) for host, payload in payloads]
        gc.collect()
        gc.freeze()
        floor, count = _floor()
        mine = _evaluation(panel, subjects, count)
        loading = best(lambda: load().panel(), times=3)
        stored = _stored(panel, payloads, Path(folder) / "verdicts.db")
        arriving = _arriving(panel, payloads)
        whole = best(lambda: [len(list(panel.results(subject))) for subject in subjects], times=3) / HOSTS
        floor = min(floor, _floor()[0])
        scale = _FLOOR_SECONDS / (floor * 1e7)
    rows = sum(len(panel.judge(subject).rows) for subject in subjects) / HOSTS
    print(f"{count} evaluations and {rows:.0f} findings a host; an evaluation costs")
    print(f"{floor * 1e9:.0f} ns by hand, {mine * 1e9:.0f} ns compiled; seconds below are times {scale:.2f}")
    print(f"every place of a host as a result, with its evidence: {whole * 1000 * scale:.2f} ms")
    held = [
        bar("evaluation-to-floor-ratio", mine / floor, 0.8),
        bar("ten-thousand-hosts-to-stored-verdicts-cpu-seconds", stored * _TEN_THOUSAND * scale, 4.0),
        bar("one-arriving-host-milliseconds", arriving * 1000 * scale, 0.3),
        bar("load-300-rules-seconds", loading * scale, 0.3),
    ]
    if "--table" in arguments:
        own = {"hand-written functions": floor, "compiled rules": mine}
        others.table(floor, own, count)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
