from datetime import UTC, datetime, timedelta

from tests.e2e.command import compliance


def test_a_scan_typed_outside_of_the_window_says_how_to_insist(tmp_path):
    later = datetime.now(UTC) + timedelta(hours=6)
    window = f"{later:%H:%M}-{later + timedelta(hours=1):%H:%M}"
    words = ("facts", "127.0.0.1", "--scanners", "ssh", "--ports", "1", "-q")
    ended = compliance(*words, state=tmp_path, COMPLIANCE_SCAN__WINDOW=window)
    assert ended.code == 4
    assert window in ended.err
    assert "--outside-window" in ended.err
    insisting = compliance(*words, "--outside-window", state=tmp_path, COMPLIANCE_SCAN__WINDOW=window)
    assert insisting.code in {0, 3}
    assert insisting.document["hosts"]
