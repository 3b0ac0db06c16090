"""Evidence: texts kept once under their SHA-256, however often they are seen."""

from sqlmodel import Session

from compliance.model.errors import StoreFailed
from compliance.store import codec
from compliance.store.tables import BlobRow


def keep_text(session: Session, text: bytes) -> str:
    """Keep the text if it is new; gives its name."""
    name = codec.digest(text)
    if session.get(BlobRow, name) is None:
        session.add(BlobRow(digest=name, content=codec.pack(text)))
        session.flush()
    return name


def kept_text(session: Session, name: str) -> bytes:
    """The text of that name, checked against it; raises `StoreFailed`."""
    row = session.get(BlobRow, name)
    if row is None:
        raise StoreFailed(f"evidence {name[:12]} is missing", hint="restore the database from a backup")
    return codec.unpack(row.content, name)
