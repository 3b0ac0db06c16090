"""What matching a fleet with advisories costs, and importing: `python -m tests.benchmarks.vulnerabilities`.

The fleet is made up, from a fixed seed: 10,000 hosts of 40 images, 8 releases, 8 patch days, 2,000 packages
each, and 200,000 advisories. The naive way compares every version of every host as it comes; it is timed on a
few hosts, with the same answers, and scaled to the fleet.
"""

import gc
import os
import random
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from compliance.advisories.collect import collect, unhindered
from compliance.model.advisory import Advisory, Range, Source, version_key
from compliance.store.bulk import Bulk
from compliance.store.packages import packed
from compliance.store.tables import HostPackagesRow, PackageSetRow, PackageVersionRow
from compliance.store.unit import Store, open_store

HOSTS, PACKAGES, ADVISORIES = 10_000, 2_000, 200_000
RELEASES, NAMES, IMAGES, DAYS = 8, 3_500, 40, 8
_SAMPLE, _TURNS = 5, 5
_NOW = datetime(2026, 11, 23, tzinfo=UTC)
DATA = Path(os.environ.get("COMPLIANCE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))

Host = dict[tuple[str, str], str]
"""Versions by release and source package."""


def main() -> int:
    """Print a line for each bar; 1 if one falls short."""
    bars = []
    with tempfile.TemporaryDirectory() as folder:
        bars += _matching(open_store(f"sqlite:///{folder}/fleet.db", {}))
        sets = [DATA / "osv" / f"almalinux{number}-all.zip" for number in (8, 9, 10)]
        if all(path.exists() for path in sets):
            bars.append(("import-times-orjson", _importing(folder, sets), 3.0))
        else:
            print(f"no AlmaLinux sets at {DATA}: importing is not measured")
    for name, value, most in bars:
        print(f"bar {name}: {value:.5g} (want <= {most:g}) {'ok' if value <= most else 'short'}")
    return int(any(value > most for _, value, most in bars))


def _matching(store: Store) -> list[tuple[str, float, float]]:
    chance = random.Random(7)
    advisories = _advisories(chance)
    fleet = _fleet(chance)
    with store.begin() as unit:
        unit.advisories.replace(Source(name="made up", digest="", entries=list(advisories)), _NOW)
        _keep(Bulk(unit.advisories.session), fleet)
    sample = chance.sample(sorted(fleet), _SAMPLE)
    spans = _by_package(advisories)
    answers, naive = _timed(lambda: _naive(spans, [fleet[name] for name in sample]))
    naive *= HOSTS / _SAMPLE
    with store.begin() as unit:
        exposure, seconds = _timed(unit.packages.exposure)
    if [exposure[name] for name in sample] != answers:
        raise SystemExit("the two ways give different answers")
    print(f"naive: {naive:.0f} CPU s for the fleet, from {_SAMPLE} hosts; in SQL: {seconds:.2f} CPU s")
    return [("matching-seconds", seconds, 2.0), ("matching-share-of-naive", seconds / naive, 1 / 500)]


def _advisories(chance: random.Random) -> list[Advisory]:
    """As many as wanted, spread over all packages of all releases, with rising fixed versions."""
    found = []
    for number in range(ADVISORIES):
        place, turn = number % (RELEASES * NAMES), number // (RELEASES * NAMES)
        release, name = f"debian:{place % RELEASES + 7}", f"source{place // RELEASES}"
        span = Range(release, name, is_source=True, fixed=f"1.{turn}.{chance.randrange(9)}-1+deb12u{turn}")
        found.append(Advisory(f"DSA-{number}", (f"CVE-2026-{number:06}",), (span,)))
    return found


def _fleet(chance: random.Random) -> dict[str, Host]:
    """Hosts of some images and patch days, each with a few packages of its own day."""
    images = [sorted(chance.sample(range(NAMES), PACKAGES)) for _ in range(IMAGES)]
    fleet = {}
    for number in range(HOSTS):
        image, day = number % IMAGES, chance.randrange(DAYS)
        release = f"debian:{image % RELEASES + 7}"
        host = {(release, f"source{name}"): f"1.{day}.0-1" for name in images[image]}
        for name in chance.sample(images[image], chance.randrange(3)):
            host[release, f"source{name}"] = f"1.{chance.randrange(DAYS)}.0-1"
        fleet[f"host{number:05}"] = host
    return fleet


def _keep(bulk: Bulk, fleet: dict[str, Host]) -> None:
    """The fleet as the store keeps it after scans of all its hosts."""
    ids: dict[tuple[str, str, str], int] = {}
    sets, hosts = {}, []
    for host, packages in fleet.items():
        numbers = [ids.setdefault((*place, version), len(ids) + 1) for place, version in packages.items()]
        content = packed(sorted(numbers))
        digest = sha256(content).hexdigest()
        sets[digest] = content
        hosts.append((host, digest, "2026-11-23 00:00:00.000000"))
    rows = [
        (number, release, name, True, version_key(release)(version))
        for (release, name, version), number in ids.items()
    ]
    print(f"{HOSTS * PACKAGES:,} packages, {len(rows):,} distinct versions, {len(sets):,} distinct sets")
    bulk.add(PackageVersionRow, ("id", "release", "package", "is_source", "key"), rows)
    bulk.add(PackageSetRow, ("digest", "content"), list(sets.items()))
    bulk.add(HostPackagesRow, ("host", "packages", "at"), hosts)


def _by_package(advisories: list[Advisory]) -> dict[tuple[str, str], list[Range]]:
    found = defaultdict(list)
    for advisory in advisories:
        for span in advisory.ranges:
            found[span.release, span.package].append(span)
    return found


def _naive(spans: dict[tuple[str, str], list[Range]], hosts: list[Host]) -> list[int]:
    """How often advisories speak of each host, every version compared as it comes."""
    found = []
    for host in hosts:
        count = 0
        for place, version in host.items():
            key = version_key(place[0])
            count += sum(key(version) < key(span.fixed) for span in spans.get(place, ()))
        found.append(count)
    return found


def _importing(folder: str, paths: list[Path]) -> float:
    """Our CPU time for reading and keeping the sets, by orjson's for reading them; the quickest of five."""
    stores = [open_store(f"sqlite:///{folder}/{turn}.db", {}) for turn in range(_TURNS)]
    base = min(_timed(lambda: _read_plainly(paths))[1] for _ in stores)
    ours = min(_timed(partial(_import, store, paths))[1] for store in stores)
    print(f"orjson reads the sets in {base:.2f} CPU s; importing takes {ours:.2f}")
    return ours / base


def _read_plainly(paths: list[Path]) -> int:
    rows = 0
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                rows += len(orjson.loads(archive.read(member))["affected"])
    return rows


def _import(store: Store, paths: list[Path]) -> None:
    with unhindered():
        for source in collect(paths, _NOW).sources.values():
            with store.begin() as unit:
                unit.advisories.replace(source, _NOW)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    gc.collect()
    began = time.process_time()
    answer = work()
    return answer, time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
