"""INSERT … ON CONFLICT DO NOTHING, which SQLite and PostgreSQL share but SQLAlchemy names twice."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session


def insert_missing(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that break no unique constraint; leave the others as they are.

    On PostgreSQL this waits for another transaction that is inserting the same key: give rows in a fixed
    order, so that two batches cannot wait for each other.
    """
    if rows:
        make = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        session.execute(make(table).on_conflict_do_nothing(), list(rows))
