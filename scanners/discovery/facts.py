"""What a search through a host's files shows: card numbers, records, images, dumps and keys; never a whole number."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Struct

from scanners.facts import UNKNOWN, Facts, about

Kind = Literal["dump", "credentials"]


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file, and who may read it."""

    locus: Annotated[str, about("file/PATH")]
    path: Annotated[str, about("Path of the file.")]
    mode: Annotated[int, about("Permission bits (0o644 is 420).")] = UNKNOWN
    owner: Annotated[str, about("Owner.")] = UNKNOWN
    age_days: Annotated[int, about("Whole days since the file was changed.")] = UNKNOWN
    open: Annotated[
        bool, about("Anybody on the host may read it: by its mode and that of every folder above.")
    ] = UNKNOWN


class CardFile(Place, frozen=True, kw_only=True, omit_defaults=True):
    """A file in which card data, or what looks like it, was found."""

    numbers: Annotated[int, about("Card numbers in clear that are no published test numbers.")]
    tests: Annotated[int, about("Published test numbers.")]
    tracks: Annotated[int, about("Stripe or chip track data.")]
    codes: Annotated[int, about("Lines with a card verification value under its name.")]
    pin_blocks: Annotated[int, about("Lines with a PIN block under its name.")]
    lines: Annotated[int, about("Lines that hold any of it.")]
    schemes: Annotated[
        tuple[str, ...],
        about("Card schemes by issuer range; `test` for published test numbers.", max_items=20),
    ] = ()
    samples: Annotated[
        tuple[str, ...], about("Up to five numbers, first six and last four digits.", max_items=20)
    ] = ()


class AddressFile(Place, frozen=True, kw_only=True, omit_defaults=True):
    """A log of web requests whose addresses carry personal data."""

    plates: Annotated[int, about("Requests with a number plate's key in the address.")]
    mails: Annotated[int, about("Requests with an e-mail address in the address.")]


class KeyFile(Place, frozen=True, kw_only=True, omit_defaults=True):
    """A file with private keys in PEM or OpenSSH form."""

    clear: Annotated[int, about("Private keys without a passphrase.")]
    locked: Annotated[int, about("Private keys with a passphrase.")]


class ExposedFile(Place, frozen=True, kw_only=True, omit_defaults=True):
    """A file whose name says that it holds a database, a backup or logins, and whose mode lets others read."""

    kind: Annotated[Kind, about("What it seems to be.")]


class RecordFile(Place, frozen=True, kw_only=True, omit_defaults=True):
    """A table (CSV, TSV) with a column of number plates."""

    around: Annotated[str, about("The innermost folder around it of discovery.folders; empty for none.")] = (
        UNKNOWN
    )
    retention_days: Annotated[int, about("Days that the declared folder around it may keep records.")] = (
        UNKNOWN
    )


class ImageFolder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A declared folder of images or recordings; ages are by the time of the last change."""

    locus: Annotated[str, about("folder/PATH")]
    folder: Annotated[str, about("Path of the folder.")]
    purpose: Annotated[
        str,
        about(
            "Declared purpose: paid-stay, open-stay, unpaid-charge, subscriber, blacklist, incident-hold, video, card-room."
        ),
    ] = UNKNOWN
    retention_days: Annotated[int, about("Declared days; unknown where nobody declared any.")] = UNKNOWN
    there: Annotated[bool, about("The folder exists.")] = UNKNOWN
    images: Annotated[int, about("Image and video files.")] = UNKNOWN
    beyond: Annotated[int, about("Files that are as old as the retention or older.")] = UNKNOWN
    oldest_days: Annotated[int, about("Age of the oldest; 0 if there is none.")] = UNKNOWN
    newest_days: Annotated[int, about("Age of the newest; 0 if there is none.")] = UNKNOWN
    ages: Annotated[
        dict[str, int], about("How many files by age in days: under 1, 3, 8, 30, 90, 365, and older.")
    ] = UNKNOWN


class Searched(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the search went."""

    roots: Annotated[tuple[str, ...], about("Folders that were to be searched.", max_items=100)]
    began: Annotated[datetime, about("When this round began, UTC; a round may take several scans.")]
    whole: Annotated[bool, about("The round is complete: every file in the folders was come to.")]
    files: Annotated[int, about("Files read in this round.")]
    bytes: Annotated[int, about("Bytes read in this round, packed files as they lie.")]
    skipped: Annotated[dict[str, int], about("Files that were not read, by why.")]
    next_path: Annotated[str, about("Where the next scan goes on; empty when the round is complete.")] = ""
    next_offset: Annotated[int, about("Byte of that file; -1 for the file after it.")] = -1
    proved: Annotated[bool, about("Numbers made up for this scan, and the planted files, were found.")] = (
        UNKNOWN
    )


class DiscoveryFacts(Facts, frozen=True, kw_only=True, omit_defaults=True):
    """What lies about in the files of a host."""

    searched: Annotated[Searched, about("How far the search went.")] = UNKNOWN
    cards: Annotated[tuple[CardFile, ...], about("Files with card data.", max_items=2000)] = UNKNOWN
    addresses: Annotated[
        tuple[AddressFile, ...], about("Request logs with personal data in addresses.", max_items=2000)
    ] = UNKNOWN
    keys: Annotated[tuple[KeyFile, ...], about("Files with private keys.", max_items=2000)] = UNKNOWN
    exposed: Annotated[
        tuple[ExposedFile, ...], about("Dumps, backups and logins that others may read.", max_items=2000)
    ] = UNKNOWN
    records: Annotated[tuple[RecordFile, ...], about("Tables of number plates.", max_items=2000)] = UNKNOWN
    folders: Annotated[tuple[ImageFolder, ...], about("Declared folders of images.", max_items=200)] = UNKNOWN
