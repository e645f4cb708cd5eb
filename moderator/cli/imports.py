"""`import`: a real file through the same pipeline."""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import or_, select

from moderator import clock, importing
from moderator.cli.start import json_option, service
from moderator.domain.decisions import State
from moderator.errors import NotFound
from moderator.importing import Columns
from moderator.runtime import Runtime
from moderator.storage.tables import Channel


@click.command("import", epilog="Example: moderator import comments.csv --channel 'Page tool' --text-column message")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channel", "channel_name", required=True, help="The channel's id or name.")
@click.option("--text-column", required=True)
@click.option("--id-column", help="Unique per comment; made from the row when left out.")
@click.option("--author-column")
@click.option("--post-column")
@click.option("--time-column", help="ISO 8601 or Unix seconds; UTC when there is no zone.")
@click.option("--limit", type=click.IntRange(1), help="Stop after so many rows.")
@json_option
def import_file(
    file: Path,
    channel_name: str,
    text_column: str,
    id_column: str | None,
    author_column: str | None,
    post_column: str | None,
    time_column: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Take a CSV or TSV file (plain or .gz) through the pipeline. Running it again takes no row twice."""
    columns = Columns(text_column, id_column, author_column, post_column, time_column)
    with service() as runtime:
        channel = _channel(runtime, channel_name)
        since, begin = clock.now(), time.monotonic()
        console = Console(stderr=True)
        with _bar(console) as bar:
            task = bar.add_task("Deciding", total=file.stat().st_size, comments=0)

            def show(progress: importing.Progress) -> None:
                bar.update(task, completed=progress.read, comments=progress.rows)

            done = importing.import_file(runtime, channel, file, columns, limit=limit, on_progress=show)
            bar.update(task, completed=done.size)
        _wait_for_others(runtime, console)
        seconds = time.monotonic() - begin
        results = importing.outcomes(runtime, channel.id, since)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "rows": done.rows,
                    "accepted": done.accepted,
                    "known": done.known,
                    "empty": done.empty,
                    "seconds": round(seconds, 2),
                    "outcomes": [{"outcome": _words(s, v), "comments": n} for s, v, n in results],
                }
            )
        )
    else:
        Console().print(_table(done, seconds, results))


def _channel(runtime: Runtime, name: str) -> Channel:
    with runtime.database.read() as session:
        found = session.scalars(select(Channel).where(or_(Channel.id == name, Channel.name == name))).all()
    if len(found) != 1:
        what = "there is no channel" if not found else f"{len(found)} channels are called"
        raise NotFound(f"{what} {name!r}; 'moderator channel list' shows their ids")
    return found[0]


def _wait_for_others(runtime: Runtime, console: Console) -> None:
    """Another process may hold some of the work: nothing is over until all of it is decided."""
    told = False
    while importing.undecided(runtime):
        importing.drain(runtime)
        if not told and importing.undecided(runtime):
            console.print("Waiting for other workers to finish their part …")
            told = True
        time.sleep(0.2)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[comments]} comments"),
        TimeRemainingColumn(),
        console=console,
    )


def _table(done: importing.Progress, seconds: float, results: Iterable[tuple[State, Sequence[str], int]]) -> Table:
    table = Table(title=f"{done.rows} rows in {seconds:.1f} s ({done.rows / max(seconds, 0.001):.0f} a second)")
    table.add_column("Decision")
    table.add_column("Comments", justify="right")
    for state, verbs, count in results:
        table.add_row(_words(state, verbs), str(count))
    if done.known:
        table.add_row("known already, nothing changed", str(done.known))
    if done.empty:
        table.add_row("rows without a text, left out", str(done.empty))
    return table


def _words(state: State, verbs: Sequence[str]) -> str:
    what = ", ".join(verb.replace("_", " ") for verb in verbs)
    if state is State.MADE:
        return {"keep": "kept", "hide": "hidden by a rule"}.get(what, what)
    return f"waits for a person: {what}?" if what else "waits for a person"
