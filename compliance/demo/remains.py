"""What should not lie about on a host: card numbers in an old export, plate images past their time.

Of the card numbers two are the well-known test numbers of payment providers, and one was made up: it has the
right check digit, so that it is taken for a card's.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path

_NUMBERS: Sequence[str] = ("4111111111111111", "5555555555554444", "4539578763621486")
_DAY = 86_400


def plant(home: Path) -> None:
    """Put them below the folder."""
    exports, plates = home / "data" / "exports", home / "data" / "plates"
    for folder in (exports, plates):
        folder.mkdir(parents=True, exist_ok=True)
    rows = (f"2024-03-{day:02d};kiosk-north-2;{number};12.50" for day, number in enumerate(_NUMBERS, 1))
    (exports / "payments-2024.csv").write_text(
        "date;kiosk;card;amount\n" + "\n".join(rows) + "\n", encoding="ascii"
    )
    for age, plate in ((400, "W-12345A"), (90, "G-778BC"), (1, "S-901XY")):
        image = plates / f"{plate}.jpg"
        image.write_bytes(b"\xff\xd8\xff\xd9")
        when = time.time() - age * _DAY
        os.utime(image, (when, when))
