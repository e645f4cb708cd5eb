"""The pure half of step 3: what was said about one text, held against one set of rules.

Deciding and back-testing both call `judge`, so what a back-test shows is what publishing then does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from guidelines.evaluate import Evaluator, labels_used, needs
from guidelines.schema import Facts, GuidelineSet, Needs
from moderator.domain.decisions import Draft, decide
from moderator.domain.ensemble import OTHER_LANGUAGE, Answers, Ensemble, Measured, Opinion, answer, silence
from moderator.domain.vocabulary import Visibility


@dataclass(frozen=True, slots=True)
class Bench:
    """What one office holds a text against. Make it with `bench_for`."""

    #: None: the office has published nothing
    guidelines: GuidelineSet | None
    evaluator: Evaluator | None
    ensemble: Ensemble
    #: the labels that the rules ask for
    wanted: frozenset[str] = frozenset()
    #: the facts that the rules ask for
    needs: Needs = field(default_factory=Needs)
    #: the published version; None for what is not published, such as a draft
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the classifiers said about one text, and whose word counts: the same whatever the rules are."""

    opinions: Sequence[Opinion]
    answers: Answers
    #: no machine may judge this text, whatever it scores
    unreadable: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One text, and what the rules in force make of it: all that is needed to hold it against other rules as well."""

    office_id: str
    comment_id: str
    revision_id: str
    heard: Heard
    visibility: Visibility
    waiting: bool
    drafts: tuple[Draft, ...]
    anew: bool = False


def bench_for(
    guidelines: GuidelineSet | None,
    ensemble: Ensemble,
    *,
    evaluator: Evaluator | None = None,
    version_id: str | None = None,
) -> Bench:
    """Rules made ready to hold many texts against. `evaluator` is theirs, where one is at hand."""
    if guidelines is None:
        return Bench(None, None, ensemble)
    return Bench(
        guidelines,
        evaluator or Evaluator(guidelines),
        ensemble,
        wanted=labels_used(guidelines),
        needs=needs(guidelines),
        version_id=version_id,
    )


def hear(ensemble: Ensemble, opinions: Sequence[Opinion], *, unreadable: bool) -> Heard:
    """`unreadable`: it was found when the text came in that no machine may judge it."""
    return Heard(opinions, answer(ensemble, opinions), unreadable or any(map(_doubted, opinions)))


def judge(
    bench: Bench,
    heard: Heard,
    facts: Facts,
    measured: Measured,
    *,
    visibility: Visibility,
    waiting: bool = False,
    anew: bool = False,
) -> tuple[Draft, ...]:
    """What the service does about one text by itself, and what it asks a person.

    `waiting`: a person was asked about the comment and has not answered; `anew`: about this very text.
    """
    silent = silence(bench.ensemble, heard.opinions, heard.answers, bench.wanted, measured)
    return decide(
        bench.guidelines,
        bench.evaluator(heard.answers.scores, facts) if bench.evaluator else (),
        unreadable=heard.unreadable or bool(silent.language),
        failed=not heard.opinions
        or bool(silent.failed)
        or any(_nobody_stands_in(opinion, measured) for opinion in heard.opinions),
        visibility=visibility,
        waiting=waiting,
        anew=anew,
    )


def _doubted(opinion: Opinion) -> bool:
    """Whether a person must look whatever anybody says. Another classifier may well read another language."""
    return any(doubt != OTHER_LANGUAGE for doubt in opinion.doubts)


def _nobody_stands_in(opinion: Opinion, measured: Measured) -> bool:
    """Whether something failed that is none of the classifiers in order: a word list, or the reading as a whole."""
    return opinion.failed and opinion.classifier not in measured
