"""`classify`: texts in on standard input, scores out on standard output. Needs no database."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import click

from classifiers.base import Classifier, Explainer, Item, Result, Span
from moderator import settings
from moderator.pipeline.classifier_room import build

_BATCH = 256

#: From here a label is as likely as not, so it is worth asking why.
_LIKELY = 0.5


@click.command(epilog="Example: printf 'We will find you\\n' | moderator classify --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.option("--classifier", help="Which classifier to ask; usually the bundled model.")
@click.option("--explain", is_flag=True, help="Say which words carry the labels that score 0.5 or more. Slower.")
def classify(as_json: bool, classifier: str | None, explain: bool) -> None:
    """Score comments, one per line of standard input. Bytes that are no UTF-8 are scored as they can be read."""
    chosen = _load(classifier)
    if explain and not isinstance(chosen, Explainer):
        raise click.ClickException(f"{chosen.name} cannot say which words carry a score")
    lines = (line.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in sys.stdin.buffer)
    for batch in _batches(lines):
        for text, result in zip(batch, chosen.classify([Item(text) for text in batch]), strict=True):
            spans = _spans(chosen, text, result, explain)
            click.echo(
                _json(text, result, spans, chosen) if as_json else _plain(text, result, spans if explain else ())
            )
        sys.stdout.flush()


def _load(name: str | None) -> Classifier:
    if name is None:
        name = next(iter(settings.classifiers_to_ask()), None)
    if name is None:
        raise click.ClickException("MODERATOR_CLASSIFIERS names no classifier: give one with --classifier")
    return build(name, settings.classifier_options()[1])


def _spans(classifier: Classifier, text: str, result: Result, explain: bool) -> tuple[Span, ...]:
    """What is marked. An explanation replaces what the first reading marked for the same labels."""
    if not (explain and isinstance(classifier, Explainer)):
        return result.spans
    likely = [label for label, score in result.scores.items() if score >= _LIKELY]
    found = classifier.explain(Item(text), likely) if likely else ()
    explained = {span.label for span in found}
    return (*(span for span in result.spans if span.label not in explained), *found)


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    # A person at a terminal wants an answer per line; a file wants speed.
    size = 1 if sys.stdin.isatty() else _BATCH
    iterator = iter(lines)
    while batch := list(islice(iterator, size)):
        yield batch


def _json(text: str, result: Result, spans: Sequence[Span], classifier: Classifier) -> str:
    return json.dumps(
        {
            "text": text,
            "labels": {label: round(score, 4) for label, score in result.scores.items()},
            "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in spans],
            "language": result.language,
            "doubts": list(result.doubts),
            "views": dict(result.views),
            "because": dict(result.because),
            "model": f"{classifier.name} {classifier.version}",
        },
        # A lone surrogate cannot be printed as UTF-8, but it can be escaped.
        ensure_ascii=any("\ud800" <= c <= "\udfff" for c in text),
    )


def _plain(text: str, result: Result, spans: Sequence[Span]) -> str:
    top = sorted(result.scores.items(), key=lambda pair: -pair[1])[:3]
    why = "".join(f"  [{span.label}: {_printable(text[span.start : span.end])}]" for span in spans)
    return "  ".join(f"{label} {score:.2f}" for label, score in top) + f"  {_printable(text)}{why}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
