"""Texts that lack a score are read first: those that nobody ever read, and those for which a set asks for a label that
only a classifier measures which has not read them.

What was read once is taken as it is, failures and doubts included: as deciding takes it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from moderator import clock
from moderator.domain.ensemble import Ensemble, Measured, Opinion
from moderator.domain.vocabulary import WORD_LABELS
from moderator.pipeline import classify
from moderator.pipeline.classifier_room import Reading
from moderator.runtime import Runtime
from moderator.storage.tables import Assessment
from moderator.storage.tables.base import table_of
from moderator.storage.upsert import insert_missing

#: The name under which an office's word list reads.
WORDLIST = "wordlist"


class Lacking:
    """Says who has to read a text before two sets of rules can be held against it."""

    def __init__(self, ensemble: Ensemble, wanted: Collection[str], measured: Measured, *, has_terms: bool) -> None:
        self._running = ensemble.classifiers
        self._everybody = (*ensemble.classifiers, *([WORDLIST] if has_terms else ()))
        self._able = {
            label: tuple(name for name in ensemble.classifiers if label in (measured.get(name) or ()))
            for label in set(wanted) - WORD_LABELS
        }
        if has_terms:
            self._able |= dict.fromkeys(WORD_LABELS.intersection(wanted), (WORDLIST,))
        self._labels = frozenset(label for label, able in self._able.items() if able)

    def __call__(self, opinions: Sequence[Opinion], answered: Collection[str]) -> tuple[str, ...]:
        """The names of those who have to read it; empty for nearly every text. `answered` labels have a score."""
        if not opinions:
            return self._everybody
        silent = self._labels.difference(answered)
        if not silent or any(o.failed and o.classifier not in self._everybody for o in opinions):
            return ()  # a reading that failed as a whole is for a person, whatever is read now
        heard = {opinion.classifier: opinion for opinion in opinions}
        lacking: set[str] = set()
        for label in silent:
            able = self._able[label]
            if all(_never_measured(heard.get(name), label) for name in able):
                lacking.update(able)
        return tuple(name for name in self._everybody if name in lacking)


def read_first(runtime: Runtime, lacking: Mapping[str, Sequence[str]]) -> None:
    """Read the texts, by revision id, by those who lack; then store what they made of them.

    No transaction is open while they read.
    """
    with runtime.database.read() as session:
        rows = session.execute(classify.texts(list(lacking))).all()
        terms = classify.terms_of(session, {row.office_id for row in rows})
    groups: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        groups.setdefault(tuple(lacking[row.id]), []).append(row)
    readings: dict[str, list[Reading]] = {}
    for names, mine in groups.items():
        lists = [terms.get(row.office_id) if WORDLIST in names else None for row in mine]
        asked = [name for name in names if name != WORDLIST]
        found = runtime.classifiers.read(classify.items(runtime, mine, asked), lists, asked)
        readings.update(zip((row.id for row in mine), found, strict=True))
    with runtime.database.write() as session:
        _store(session, readings)


def _store(session: Session, readings: Mapping[str, Sequence[Reading]]) -> None:
    now = clock.now()
    rows = [classify.assessment(id, reading, now) for id, mine in sorted(readings.items()) for reading in mine]
    insert_missing(session, table_of(Assessment), rows)
    _renew(session, rows)


def _renew(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """A classifier that measures more than it did has read the text again: its older reading makes way, whole.

    Decisions keep the scores that they rested on with their findings, and evidence has its own copy.
    """
    if not rows:
        return
    table = table_of(Assessment)
    changed: dict[str, Any] = {
        key: bindparam(f"new_{key}") for key in rows[0] if key not in ("id", "revision_id", "classifier")
    }
    older = (
        (table.c.revision_id == bindparam("of_revision"))
        & (table.c.classifier == bindparam("of_classifier"))
        & (table.c.id != bindparam("of_id"))
    )
    values = [
        {"of_id": row["id"], "of_revision": row["revision_id"], "of_classifier": row["classifier"]}
        | {f"new_{key}": row[key] for key in changed}
        for row in rows
    ]
    session.connection().execute(update(table).where(older).values(changed), values)


def _never_measured(opinion: Opinion | None, label: str) -> bool:
    return opinion is None or (not opinion.failed and label not in opinion.scores)
