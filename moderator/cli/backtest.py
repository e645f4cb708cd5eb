"""`guidelines backtest`: what a file of guidelines would change, tried on the comments that an office has."""

import csv
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from guidelines.load import load_file
from guidelines.schema import GuidelineError
from moderator import accounts, publishing
from moderator.backtest import comparison, flip_file, history
from moderator.backtest.agreement import Judged
from moderator.backtest.report import Report, comments, plain, report, share
from moderator.backtest.tally import Tally
from moderator.cli.start import json_option, service


@click.command(
    "backtest", epilog="Example: moderator guidelines backtest house-rules.yaml --office sam-field --flips flips.csv"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--office", "slug", required=True)
@click.option("--all", "everything", is_flag=True, help="Try it on every comment.")
@click.option(
    "--sample",
    type=click.IntRange(1),
    default=history.SAMPLE,
    show_default=True,
    help="Try it on so many comments, spread evenly over the history.",
)
@click.option(
    "--flips", "flips_file", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="List them as CSV."
)
@json_option
@click.pass_context
def backtest(
    context: click.Context,
    file: Path,
    slug: str,
    everything: bool,
    sample: int,
    flips_file: Path | None,
    as_json: bool,
) -> None:
    """Hold FILE beside the version in force, on stored comments and their stored scores. Nothing is published.

    Each comment is taken as if it came in now. Texts that lack a score FILE asks for are read first.
    """
    if everything and context.get_parameter_source("sample") is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--all and --sample exclude each other")
    try:
        draft = load_file(file)
    except GuidelineError as error:
        raise click.ClickException(str(error)) from None
    begun, tally, read_first, of = time.monotonic(), Tally(), 0, 0
    with service() as runtime, _flips(flips_file) as writer, _bar() as bar:
        with runtime.database.read() as session:
            office = accounts.office_named(session, slug)
            version = publishing.current(session, office.id)
        task = bar.add_task("Trying", total=None)
        for extent, found in comparison.compare(runtime, office.id, draft, None if everything else sample):
            tally.merge(found.tally)
            read_first, of = read_first + found.read_first, extent.history
            bar.update(task, total=extent.total, completed=tally.comments)
            if writer:
                with runtime.database.read() as session:
                    flip_file.write(session, writer, found.flips)
    done = report(tally, publishing.read(version) if version else None, draft)
    seconds = time.monotonic() - begun
    if as_json:
        facts = {"history": of, "read_first": read_first, "version": version.number if version else None}
        click.echo(json.dumps(facts | plain(done) | {"seconds": round(seconds, 2)}, ensure_ascii=False))
        return
    console = Console()
    against = f"version {version.number}" if version else "no version, as nothing is published"
    console.print(f"{file.name} beside {against}: {comments(done.comments)} of {of:,}, {seconds:.1f} s", markup=False)
    if read_first:
        console.print(f"{comments(read_first)} had to be read first.", highlight=False)
    for sentence in done.sentences:
        console.print(sentence, highlight=False)
    for table in _tables(done):
        console.print(table)


@contextmanager
def _flips(path: Path | None) -> Iterator[flip_file.Writer | None]:
    with path.open("w", encoding="utf-8", newline="") if path else nullcontext() as file:
        if file is None:
            yield None
            return
        writer = csv.writer(file)
        writer.writerow(flip_file.HEADER)
        yield writer


def _bar() -> Progress:
    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))


def _tables(done: Report) -> Iterator[Table]:
    if done.rules:
        yield _by_rule(done)
    sides = (("in force", done.judged_before), ("draft", done.judged_after))
    if judged := [(name, side) for name, side in sides if side and side.comments]:
        yield _agreement(judged)


def _by_rule(done: Report) -> Table:
    table = Table(title="By rule", title_justify="left")
    for name in ("Rule", "asks now", "then", "hides now", "then", "hides more", "asks more", "lets go"):
        table.add_column(name, justify="left" if name == "Rule" else "right")
    for line in done.rules:
        name = f"{line.rule_id} {line.title}" if line.rule_id else "no rule: nobody could judge"
        counts = (
            *(line.asks_before, line.asks_after, line.hides_before, line.hides_after),
            *(line.hides_more, line.asks_more, line.lets_go),
        )
        table.add_row(Text(name), *(f"{count:,}" if count else "" for count in counts))
    return table


def _agreement(judged: list[tuple[str, Judged]]) -> Table:
    table = Table(
        title=f"Agreement with people, on {comments(judged[0][1].comments)} that they decided (95 % intervals)",
        title_justify="left",
        caption="People are asked mostly about what the version in force sends them.",
        caption_justify="left",
    )
    for name in ("", "of these, people acted on", "of what people acted on, these are"):
        table.add_column(name)
    for name, side in judged:
        for claim, agreement in (("asks or hides", side.asks_or_hides), ("hides", side.hides)):
            table.add_row(f"{name}: {claim}", share(agreement.precision), share(agreement.recall))
    return table
