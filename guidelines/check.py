"""Whether a set of rules makes sense: the door to `guidelines.checks`, where each mistake has a function.

An error keeps a set from being published; a warning says that somebody should look. Nothing here changes a set.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from types import MappingProxyType

from guidelines.checks import CHECKS as CHECKS
from guidelines.checks.flaw import Check as Check
from guidelines.checks.flaw import Flaw as Flaw
from guidelines.document import Place
from guidelines.load import read_file, read_text
from guidelines.reader import Path, Places
from guidelines.report import report as report  # for callers: what checks a text also shows what is wrong with it
from guidelines.schema import GuidelineError, GuidelineSet, Problem

_NOWHERE: Places = MappingProxyType({})


def check(guidelines: GuidelineSet, places: Places = _NOWHERE) -> list[Problem]:
    """Errors and warnings in the order of the document, or of `CHECKS` where `places` does not know it."""
    problems = [_problem(flaw, places) for run in CHECKS for flaw in run(guidelines)]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def check_text(text: str) -> list[Problem]:
    """What is wrong with a document: its shape if that cannot be read, else what it says. Never raises."""
    reading = read_text(text)
    return reading.problems if reading.guidelines is None else check(reading.guidelines, reading.places)


def check_file(path: FilePath | str) -> tuple[list[Problem], str]:
    """What is wrong with a file, and the same as text for a person. Raises `OSError` where it cannot be opened."""
    try:
        text = read_file(path)
    except GuidelineError as error:
        return error.problems, str(error)
    problems = check_text(text)
    return problems, report(problems, text, str(path))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that keep the set from being published."""
    return [problem for problem in problems if not problem.warning]


def _problem(flaw: Flaw, places: Places) -> Problem:
    place = _place(flaw.path, places)
    return Problem(flaw.code, flaw.message, flaw.mend, place.line, place.column, flaw.warning)


def _place(path: Path, places: Places) -> Place:
    """The place of the value, or of the nearest thing around it that is in the document."""
    known: Mapping[Path, Place] = places
    while path and path not in known:
        path = path[:-1]
    return known.get(path, Place(0, 0))
