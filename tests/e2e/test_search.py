"""Searching the files of a host from the command line: when asked for, masked, gone on with by the next."""

from pathlib import Path

import pytest

from tests.e2e.command import compliance

CARD = "4539578763621486"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "searched"
    folder.mkdir()
    return folder


def settings(tmp_path: Path, root: Path, more: str = "") -> str:
    file = tmp_path / "settings.toml"
    file.write_text(f'[discovery]\nroots = ["{root}"]\n{more}\n')
    return str(file)


def test_a_card_number_fails_and_is_shown_masked(tmp_path: Path, root: Path) -> None:
    (root / "pay.log").write_text(f"pan={CARD}\n")
    (root / "anpr").mkdir()
    (root / "anpr" / "1.jpg").write_bytes(b"x")
    declared = f'folders = [{{path = "{root}/anpr", purpose = "paid-stay"}}]\nretention = {{paid-stay = 2}}'
    words = ["scan", "localhost", "--profile", "discovery", "--format", "json"]
    ended = compliance(*words, "--config", settings(tmp_path, root, declared), state=tmp_path / "state")
    assert ended.code == 1
    assert CARD not in ended.out + ended.err
    assert "453957******1486" in ended.out
    verdicts = {result["rule"]: result["result"] for result in ended.document["results"]}
    assert verdicts["discovery-card-numbers"] == "fail"
    assert verdicts["discovery-track-data"] == "pass"
    assert verdicts["discovery-images-fresh"] == "pass"
    assert verdicts["discovery-proved"] == "pass"


def test_the_next_scan_goes_on_where_the_bytes_ended(tmp_path: Path, root: Path) -> None:
    filler = "nothing here\n" * 60_000
    for number in range(3):
        (root / f"{number}.log").write_text(filler + (f"{CARD}\n" if number == 0 else ""))
    config = settings(tmp_path, root, "megabytes = 1")
    words = ["scan", "localhost", "--profile", "discovery", "--format", "json", "--config", config]
    codes, verdicts = [], []
    for _ in range(3):
        ended = compliance(*words, state=tmp_path / "state")
        codes.append(ended.code)
        verdicts.append({(r["rule"], r["key"]): r["result"] for r in ended.document["results"]})
    number = ("discovery-card-numbers", f"file{root}/0.log")
    assert [found[number] for found in verdicts] == ["fail"] * 3
    assert [found.get(("discovery-pin-blocks", number[1])) for found in verdicts] == ["pass"] * 3
    assert "unknown" in verdicts[0].values()
    first, last = ({place for place, said in found.items() if said == "unknown"} for found in verdicts[::2])
    searched = ("discovery-card-numbers", "discovery-track-data", "discovery-pin-blocks", "discovery-proved")
    assert last < first
    assert not [rule for rule, _ in last if rule in searched]
    assert codes == [1, 1, 1]


def test_a_usual_scan_searches_nothing(tmp_path: Path, root: Path) -> None:
    (root / "pay.log").write_text(f"pan={CARD}\n")
    words = ["scan", "localhost", "--scanners", "packages", "--format", "json"]
    ended = compliance(*words, "--config", settings(tmp_path, root), state=tmp_path / "state")
    assert "discovery" not in ended.out
