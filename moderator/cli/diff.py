"""`guidelines diff`: what changed between two sets, in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from guidelines.diff import Change
from guidelines.diff import diff as changes_between
from guidelines.load import load_file, load_preset, preset_names
from guidelines.report import printable
from guidelines.schema import GuidelineSet
from guidelines.word_diff import Fate, Piece
from moderator import accounts, publishing
from moderator.cli.start import json_option, service, show
from moderator.errors import NotFound

#: Characters of what stayed the same that are shown on either side of a change.
_AROUND = 40


@click.command("diff", epilog="Example: moderator guidelines diff sam-field@3 house-rules.yaml")
@click.argument("before")
@click.argument("after")
@json_option
def diff(before: str, after: str, as_json: bool) -> None:
    """Say what changed from BEFORE to AFTER.

    Each is a file, a preset, or an office's address: sam-field for what is in force there, sam-field@3 for version 3.
    """
    changes = changes_between(_named(before), _named(after))
    text = "\n".join(_lines(changes)) or "Nothing changed."
    show([asdict(change) for change in changes], as_json, text)


def _named(name: str) -> GuidelineSet:
    slug, _, number = name.partition("@")
    if Path(name).is_file():
        return load_file(name)
    if name in preset_names():
        return load_preset(name)
    if number and not (number.isascii() and number.isdigit() and len(number) <= 6):
        raise click.ClickException(f"{name}: write the version as a number, such as {slug}@3")
    with service() as runtime, runtime.database.read() as session:
        try:
            office = accounts.office_named(session, slug)
        except NotFound:
            raise click.ClickException(f"{name!r} is no file, no preset, and no office's address") from None
        if number:
            return publishing.read(publishing.numbered(session, office.id, int(number)))
        version = publishing.current(session, office.id)
        if version is None:
            raise click.ClickException(f"{slug} has no guidelines in force")
        return publishing.read(version)


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for (rule_id, title), group in groupby(changes, lambda change: (change.rule_id, change.rule_title)):
        yield printable(f"Rule {rule_id}, {title}" if rule_id else "Outside the rules")
        for change in group:
            yield f"  {change.effect:5} {printable(change.sentence)}"
            if change.pieces and len(change.pieces) > 1:
                yield f"        {printable(''.join(map(_shown, change.pieces)))}"


def _shown(piece: Piece) -> str:
    text = " ".join(piece.text.split())
    if piece.fate is Fate.KEPT:
        cut = text if len(text) <= 2 * _AROUND else f"{text[:_AROUND].rstrip()} … {text[-_AROUND:].lstrip()}"
        return f" {cut} "
    return f"[-{text}-]" if piece.fate is Fate.DROPPED else f"{{+{text}+}}"
