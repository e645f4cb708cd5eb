"""Search in comments, authors and notes: what was typed, and what it found."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from moderator.queries import search_page
from moderator.queries.search_page import Found
from moderator.search_words import TYPED_AT_MOST, Question, spans
from webui import visible
from webui.asked import asked_number
from webui.care import covered, veiled
from webui.current import runtime
from webui.review.room import bar, blueprint


@dataclass(frozen=True, slots=True)
class Line:
    """A text around what was found in it."""

    shown: Markup
    #: as it is written, where that is not what is shown
    written: Markup | None = None


@dataclass(frozen=True, slots=True)
class Result:
    found: Found
    line: Line
    #: who wrote it, and the note
    notes: tuple[tuple[str, Line], ...]


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    typed = " ".join(request.args.get("q", "")[: TYPED_AT_MOST + 1].split())
    with runtime().database.read() as reading:
        page = search_page.search_page(reading, g.reach, g.member, typed, asked_number("before"))
        last = bar(reading)
    return render_template(
        "review/search.html",
        page=page,
        typed=typed,
        problem=_problem(typed, page.question),
        results=_results(page.items, page.question),
        bar=last,
    )


def _problem(typed: str, question: Question) -> str:
    """Why nothing can be looked for."""
    if not typed or question.wanted:
        return ""
    if question.unwanted:
        return "A minus leaves comments out. Type at least one word without it."
    return "There is no word in that. Type at least one word or number."


def _results(items: Sequence[Found], question: Question) -> list[Result]:
    masked = veiled([item.comment_id for item in items])
    return [
        Result(
            found=item,
            line=_line(item.text, question, masked=item.comment_id in masked),
            notes=tuple((note.member, _line(note.text, question)) for note in item.notes),
        )
        for item in items
    ]


def _line(text: str, question: Question, *, masked: bool = False) -> Line:
    if not text.strip():
        return Line(Markup("(no text)"))
    found = spans(text, question)
    stretch = visible.around(text, found)
    written = visible.highlighted(stretch)
    if masked:
        return Line(Markup(""), written)
    # What covers a word is as long as the word, so what was found stays in its place. A number must be seen whole.
    over = visible.around(covered(text), found)
    return Line(written) if over == stretch else Line(visible.highlighted(over), written)
