"""The door of the store: a database is opened once; what is done in it is done in units, all or nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from compliance.store.advisories import Advisories
from compliance.store.engine import failure, made_engine, write_ahead
from compliance.store.findings import Findings
from compliance.store.hosts import Hosts
from compliance.store.inventories import Inventories
from compliance.store.packages import Packages
from compliance.store.scans import Scans
from compliance.store.schedules import Schedules
from compliance.store.schema import bring_up_to_date
from scanners import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What can be done in one transaction; takes and gives values of the model."""

    hosts: Hosts
    inventories: Inventories
    scans: Scans
    findings: Findings
    schedules: Schedules
    advisories: Advisories
    packages: Packages


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A database that is open; may be used by many threads, each with a unit of its own."""

    engine: Engine
    fact_types: Mapping[str, type[Facts]]

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """One transaction: leaving the block keeps what was done, an exception undoes it.

        Raises `StoreFailed` if the database refuses. Keep it short: SQLite lets one writer in at a time.
        """
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield Unit(
                    hosts=Hosts(session),
                    inventories=Inventories(session),
                    scans=Scans(session, self.fact_types),
                    findings=Findings(session),
                    schedules=Schedules(session),
                    advisories=Advisories(session),
                    packages=Packages(session),
                )
        except SQLAlchemyError as error:
            raise failure(self.engine, error) from error


def open_store(url: str, fact_types: Mapping[str, type[Facts]]) -> Store:
    """The store at this SQLAlchemy URL, made if it is not there and brought up to date.

    `fact_types` names the type of facts that each scanner gives. Raises `StoreFailed`.
    """
    engine = made_engine(url)
    try:
        with engine.begin() as connection:
            bring_up_to_date(connection)
        write_ahead(engine)
    except SQLAlchemyError as error:
        raise failure(engine, error) from error
    return Store(engine=engine, fact_types=fact_types)
