"""`classify`: texts in on standard input, scores out on standard output. Needs no database."""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

import click

from classifiers import registry
from classifiers.base import Item, Result

_BATCH = 256


@click.command(epilog="Example: printf 'We will find you\\n' | moderator classify --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@click.option("--classifier", default="baseline", show_default=True, help="Which classifier to ask.")
def classify(as_json: bool, classifier: str) -> None:
    """Score comments, one per line of standard input. Bytes that are no UTF-8 are scored as they can be read."""
    try:
        chosen = registry.load(classifier)
    except LookupError as error:
        raise click.ClickException(str(error)) from None
    lines = (line.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in sys.stdin.buffer)
    for batch in _batches(lines):
        for text, result in zip(batch, chosen.classify([Item(text) for text in batch]), strict=True):
            click.echo(_json(text, result, chosen.name, chosen.version) if as_json else _plain(text, result))
        sys.stdout.flush()


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    # A person at a terminal wants an answer per line; a file wants speed.
    size = 1 if sys.stdin.isatty() else _BATCH
    iterator = iter(lines)
    while batch := list(islice(iterator, size)):
        yield batch


def _json(text: str, result: Result, name: str, version: str) -> str:
    return json.dumps(
        {
            "text": text,
            "labels": {label: round(score, 4) for label, score in result.scores.items()},
            "spans": [{"start": s.start, "end": s.end, "label": s.label} for s in result.spans],
            "model": f"{name} {version}",
        },
        # A lone surrogate cannot be printed as UTF-8, but it can be escaped.
        ensure_ascii=any("\ud800" <= c <= "\udfff" for c in text),
    )


def _plain(text: str, result: Result) -> str:
    top = sorted(result.scores.items(), key=lambda pair: -pair[1])[:3]
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return "  ".join(f"{label} {score:.2f}" for label, score in top) + f"  {shown}"
