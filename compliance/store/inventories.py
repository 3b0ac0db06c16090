"""Inventory documents: each kept whole under its digest, the newest in force."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlmodel import Session, col, select

from compliance.model.errors import StoreFailed
from compliance.model.inventory import Inventory
from compliance.store import codec
from compliance.store.evidence import keep_text, kept_text
from compliance.store.tables import InventoryRow


@dataclass(frozen=True, slots=True)
class Inventories:
    """The inventory documents, in one transaction."""

    session: Session

    def put(self, document: Inventory, at: datetime) -> str:
        """Keep the document and put it in force; gives its digest."""
        name = keep_text(self.session, codec.encode_inventory(document))
        self.session.add(InventoryRow(at=at, document=name))
        self.session.flush()
        return name

    def current(self) -> Inventory | None:
        """The document in force; None if none was ever imported."""
        name = self.digest()
        return self.named(name) if name else None

    def digest(self) -> str:
        """The digest of the document in force; empty if none was ever imported."""
        newest = select(InventoryRow.document).order_by(col(InventoryRow.id).desc())
        return self.session.exec(newest).first() or ""

    def named(self, digest: str) -> Inventory:
        """The document of that digest; raises `StoreFailed` if it is not there or cannot be read."""
        try:
            return msgspec.json.decode(kept_text(self.session, digest), type=Inventory)
        except msgspec.MsgspecError as error:
            raise StoreFailed(
                f"a kept inventory cannot be read: {error}",
                hint="it was kept by another version of this program",
            ) from error
