"""Two sets of rules held against the same stored comments, each as if it came in now for the first time."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from guidelines.schema import Facts, GuidelineSet, Needs
from moderator import ensembles, facts, publishing
from moderator.backtest import alike, history, scoring, sets
from moderator.backtest.alike import Kinds
from moderator.backtest.history import Extent
from moderator.backtest.scoring import Lacking
from moderator.backtest.stakes import Stakes
from moderator.backtest.tally import Tally, Verdict
from moderator.domain.decisions import Draft, State
from moderator.domain.ensemble import Measured
from moderator.domain.outcomes import Direction, Outcome, behind, cited, direction_of, outcome_of
from moderator.domain.vocabulary import Visibility
from moderator.pipeline import classify
from moderator.pipeline.judge import Bench, Heard, bench_for, hear, judge
from moderator.runtime import Runtime
from moderator.storage.tables import GuidelineVersion, Office

#: Comments in a slice: a second's work at most, where all scores are stored.
SLICE = 5_000

#: Texts that are read in a slice at most: as many as classifying takes in one batch.
READ_AT_ONCE = 256

#: Comments whose scores are held at once: what is let go of early, the collector of garbage never meets.
_HEARD_AT_ONCE = 500

#: Kinds of comments remembered at once: some megabytes.
_KINDS_KEPT = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What either set makes of a comment. Equal to itself alone, so that many are counted by it quickly."""

    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Kind:
    """Comments that scores do not tell apart."""

    #: what was said about one of them
    heard: Heard
    #: the facts that do tell them apart
    needs: Needs
    #: by what is known of a comment
    pairs: dict[Hashable, Pair] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is compared, and on which comments."""

    extent: Extent
    before: Bench
    after: Bench
    measured: Measured
    #: the office's, by its id, for the facts
    timezones: Mapping[str, str]
    #: say which facts matter to either set
    stakes: tuple[Stakes, Stakes]
    #: says who has to read a text first
    lacking: Lacking
    #: says which comments come to the same
    kinds: Kinds
    #: what was made of each kind so far
    known: dict[Hashable, Kind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flip:
    """A comment that would be decided otherwise, and the rules that make it so in either set."""

    comment_id: str
    revision_id: str
    before: Outcome
    after: Outcome
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]

    @property
    def direction(self) -> Direction | None:
        return direction_of(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some comments in a row, compared."""

    #: the last one's id; empty where none was left
    last: str
    tally: Tally
    flips: tuple[Flip, ...]
    #: how many texts had to be read first
    read_first: int


def ask(
    runtime: Runtime,
    session: Session,
    extent: Extent,
    version: GuidelineVersion | None,
    draft: GuidelineSet,
    measured: Measured,
) -> Question:
    """The draft beside a version, as the office's classifiers stand now. `measured` is `runtime.classifiers`' own."""
    office_id = extent.office_id
    ensemble = ensembles.of_office(session, office_id, runtime.classifiers.names)
    in_force = publishing.read(version) if version else None
    evaluator = publishing.evaluator(version) if version else None
    before = bench_for(in_force, ensemble, evaluator=evaluator)
    after = bench_for(draft, ensemble, evaluator=sets.evaluator(draft))
    has_terms = office_id in classify.terms_of(session, [office_id])
    return Question(
        extent,
        _answerable(before, measured),
        _answerable(after, measured),
        measured,
        timezones={office_id: session.get_one(Office, office_id).timezone},
        stakes=(Stakes(in_force), Stakes(draft)),
        lacking=Lacking(ensemble, before.wanted | after.wanted, measured, has_terms=has_terms),
        kinds=Kinds(in_force, draft),
    )


def compare(
    runtime: Runtime, office_id: str, draft: GuidelineSet, sample: int | None
) -> Iterator[tuple[Extent, Slice]]:
    """Hold a draft and the version in force against an office's comments, slice by slice: nothing is kept of one when
    the next one is asked for. `sample`: on how many of them; None: on all."""
    measured = runtime.classifiers.measured()
    with runtime.database.read() as session:
        extent = history.measure(session, office_id, sample)
        question = ask(runtime, session, extent, publishing.current(session, office_id), draft, measured)
    after = ""
    while (found := step(runtime, question, after)).last:
        yield extent, found
        after = found.last


def step(runtime: Runtime, question: Question, after: str) -> Slice:
    """The comments that follow the one with the id `after`, compared. What has to be read first is read first."""
    with runtime.database.read() as session:
        rows = history.batch(session, question.extent, after, SLICE)
        kinds, lacking = _kinds(session, question, rows)
    if len(lacking) > READ_AT_ONCE:
        lacking = dict(islice(lacking.items(), READ_AT_ONCE))
        rows = rows[: 1 + max(place for place, row in enumerate(rows) if row.revision_id in lacking)]
    if lacking:
        scoring.read_first(runtime, lacking)
    with runtime.database.read() as session:
        if lacking:
            kinds, _ = _kinds(session, question, rows)
        wanted = {row.revision_id: kind.needs for row, kind in zip(rows, kinds, strict=True)}
        known = facts.gather_each(session, wanted, question.timezones)
    pairs = [_pair(question, kind, known[row.revision_id]) for row, kind in zip(rows, kinds, strict=True)]
    return Slice(rows[-1].id if rows else "", _counted(rows, pairs), _flips(rows, pairs), len(lacking))


def verdict(drafts: Sequence[Draft]) -> Verdict:
    """What the drafts that one comment got come to."""
    outcome = outcome_of(drafts)
    if outcome is Outcome.KEPT:
        return _KEPT
    asks = any(draft.state is State.SUGGESTED for draft in drafts)
    return Verdict(outcome, behind(drafts), cited(drafts), asks)


def judged_anew(bench: Bench, heard: Heard, facts: Facts, measured: Measured) -> Verdict:
    """What becomes of a text that comes in for the first time."""
    return verdict(judge(bench, heard, facts, measured, visibility=Visibility.VISIBLE))


_KEPT = Verdict(Outcome.KEPT, (), (), asks=False)


def _answerable(bench: Bench, measured: Measured) -> Bench:
    """A bench that asks for those labels alone that somebody measures: nobody is missed where nobody could answer.

    Judging comes to the same, and need not find it out for every comment anew.
    """
    found = [measured.get(name) for name in bench.ensemble.classifiers]
    return replace(
        bench, wanted=frozenset(x for x in bench.wanted if any(labels is None or x in labels for labels in found))
    )


def _kinds(session: Session, question: Question, rows: Sequence[Any]) -> tuple[list[Kind], dict[str, tuple[str, ...]]]:
    """The kind of each comment; and who has to read a text first, by revision id."""
    kinds: list[Kind] = []
    lacking: dict[str, tuple[str, ...]] = {}
    for begin in range(0, len(rows), _HEARD_AT_ONCE):
        some = rows[begin : begin + _HEARD_AT_ONCE]
        opinions = classify.opinions(session, [row.revision_id for row in some])
        for row in some:
            heard = hear(question.after.ensemble, opinions.get(row.revision_id, ()), unreadable=row.unreadable)
            kinds.append(_kind(question, heard))
            if names := question.lacking(heard.opinions, heard.answers.by):
                lacking[row.revision_id] = names
    return kinds, lacking


def _kind(question: Question, heard: Heard) -> Kind:
    kind = question.kinds(heard)
    found = question.known.get(kind)
    if found is None:
        if len(question.known) >= _KINDS_KEPT:
            question.known.clear()
        before, after = (stakes(heard.answers.scores) for stakes in question.stakes)
        found = question.known[kind] = Kind(heard, facts.both(before, after))
    return found


def _pair(question: Question, kind: Kind, known: Facts) -> Pair:
    key = alike.known(known)
    found = kind.pairs.get(key)
    if found is None:
        if len(kind.pairs) >= _KINDS_KEPT:
            kind.pairs.clear()
        found = kind.pairs[key] = Pair(
            judged_anew(question.before, kind.heard, known, question.measured),
            judged_anew(question.after, kind.heard, known, question.measured),
        )
    return found


def _counted(rows: Sequence[Any], pairs: Sequence[Pair]) -> Tally:
    tally = Tally()
    counts = Counter((pair, history.acted_on(row.verbs)) for row, pair in zip(rows, pairs, strict=True))
    for (pair, acted_on), count in counts.items():
        tally.add(pair.before, pair.after, acted_on, count)
    return tally


def _flips(rows: Sequence[Any], pairs: Sequence[Pair]) -> tuple[Flip, ...]:
    return tuple(
        Flip(row.id, row.revision_id, before.outcome, after.outcome, before.rules, after.rules)
        for row, pair in zip(rows, pairs, strict=True)
        if (before := pair.before).outcome is not (after := pair.after).outcome
    )
