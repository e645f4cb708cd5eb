"""`guidelines`: writing, checking, comparing, publishing and moving guideline sets."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from guidelines import check as checks
from guidelines import json_schema
from guidelines.document import MAX_BYTES
from guidelines.load import load_file
from moderator import accounts, clock, guideline_files, publishing
from moderator.cli.backtest import backtest
from moderator.cli.diff import diff
from moderator.cli.start import json_option, service, show
from moderator.errors import Invalid
from moderator.storage.tables import GuidelineVersion, Office

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_office = click.option("--office", "slug", required=True, help="The office's address, as 'office list' shows it.")


@click.group()
def guidelines() -> None:
    """Guideline sets: what is allowed."""


@guidelines.command("check", epilog="Example: moderator guidelines check house-rules.yaml")
@_file
@json_option
def guidelines_check(file: Path, as_json: bool) -> None:
    """Check a file: every mistake with line, column and mend. Exit code 1 when it cannot be published."""
    problems, report = checks.check_file(file)
    data = [
        {
            "code": p.code,
            "line": p.line,
            "column": p.column,
            "message": p.message,
            "mend": p.mend,
            "warning": p.warning,
        }
        for p in problems
    ]
    show(data, as_json, report or f"{file}: no mistakes found")
    if any(not problem.warning for problem in problems):
        raise SystemExit(1)


@guidelines.command("publish", epilog="Example: moderator guidelines publish house-rules.yaml --office sam-field")
@_file
@_office
@click.option("--effective", help="From when on, such as 2026-12-01T09:00 where the office is; now when left out.")
@click.option("--note", default="", help="What changed and why, shown beside the version.")
def guidelines_publish(file: Path, slug: str, effective: str | None, note: str) -> None:
    """Freeze a file as the office's next version. No second person is asked; the record says that the system did it."""
    loaded = load_file(file)
    with service() as runtime, runtime.database.write() as session:
        office = accounts.office_named(session, slug)
        moment = _moment(effective, office) if effective else None
        known = {each.id for each in publishing.versions(session, office.id)}
        version = publishing.publish(session, office.id, loaded, effective_at=moment, note=note)
        if version.id in known:
            click.echo("Nothing was published: word for word, this is in force then already.")
        click.echo(f"Version {version.number}, sha256 {version.sha256}")
        for sentence in _dates(session, office, version):
            click.echo(sentence)
        click.echo(f"{runtime.settings.public_url}/guidelines/{slug}/v/{version.number}")


@guidelines.command("versions", epilog="Example: moderator guidelines versions --office sam-field")
@_office
@json_option
def guidelines_versions(slug: str, as_json: bool) -> None:
    """List what an office published, the newest first, and which version is in force."""
    with service() as runtime, runtime.database.read() as session:
        office = accounts.office_named(session, slug)
        current = publishing.current(session, office.id)
        rows = [
            {
                "number": version.number,
                "standing": _standing(version, current),
                "effective_at": version.effective_at.isoformat(),
                "published_at": version.published_at.isoformat(),
                "sha256": version.sha256,
                "note": version.note,
            }
            for version in publishing.versions(session, office.id)
        ]
        lines = [
            f"{row['number']:>4}  {row['standing']:10}  "
            f"{_when(datetime.fromisoformat(str(row['effective_at'])), office)}  {str(row['sha256'])[:12]}"
            for row in rows
        ]
    show(rows, as_json, "\n".join(lines) or f"{slug} has published nothing yet")


@guidelines.command("export", epilog="Example: moderator guidelines export --office sam-field > house-rules.yaml")
@_office
@click.option("--version", "number", type=click.IntRange(1), help="Which one; the one in force when left out.")
@json_option
def guidelines_export(slug: str, number: int | None, as_json: bool) -> None:
    """Print a published version as YAML, or as the JSON that its sha256 is of."""
    with service() as runtime, runtime.database.read() as session:
        version = _version(session, accounts.office_named(session, slug), number)
        text = guideline_files.handed_out(version, as_json=as_json)
    # Without a line break more, so that the JSON is what the sha256 is of.
    click.echo(text, nl=False)


@guidelines.command(
    "import", epilog="Example: moderator guidelines import https://town.example.org/guidelines/town --office sam-field"
)
@click.argument("source")
@_office
@click.option("--title", default="", help="What the draft is called; the title of the guidelines when left out.")
def guidelines_import(source: str, slug: str, title: str) -> None:
    """Make a draft of a file, or of the guidelines that another office publishes. SOURCE is a path or an address.

    The draft speaks for the office it is made for: name, contact and the like are its own. Nothing is published.
    """
    taken = guideline_files.fetch(source) if "://" in source else guideline_files.take_in(_bytes(source))
    with service() as runtime:
        with runtime.database.write() as session:
            office = accounts.office_named(session, slug)
            draft = guideline_files.start_draft_for_office(session, office.id, taken, title)
        click.echo(f"Draft “{draft.title}”: {runtime.settings.public_url}/drafts/{draft.id}")


@guidelines.command("schema", epilog="Example: moderator guidelines schema > guidelines.schema.json")
def guidelines_schema() -> None:
    """Print the language as JSON Schema, for editors that complete keys."""
    show(json_schema.schema(), True, "")


for command in (diff, backtest):
    guidelines.add_command(command)


def _bytes(source: str) -> bytes:
    with open(source, "rb") as file:
        return file.read(MAX_BYTES + 1)


def _moment(written: str, office: Office) -> datetime:
    """A moment as people write it; without a time zone it is the office's."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Invalid("effective", f"{written!r} is no moment: write it as 2026-12-01T09:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(office.timezone))


def _dates(session: Session, office: Office, version: GuidelineVersion) -> Iterator[str]:
    """When the version takes effect, and which one takes over from it, where that is yet to come."""
    if version.effective_at > clock.now():
        yield f"It takes effect on {_when(version.effective_at, office)}."
    for later in publishing.upcoming(session, office.id):
        if later.effective_at > version.effective_at:
            yield f"Version {later.number} takes over on {_when(later.effective_at, office)}."
            return


def _when(moment: datetime, office: Office) -> str:
    return f"{moment.astimezone(ZoneInfo(office.timezone)):%Y-%m-%d %H:%M %Z}"


def _version(session: Session, office: Office, number: int | None) -> GuidelineVersion:
    if number is not None:
        return publishing.numbered(session, office.id, number)
    version = publishing.current(session, office.id)
    if version is None:
        raise click.ClickException(f"{office.slug} has no guidelines in force")
    return version


def _standing(version: GuidelineVersion, current: GuidelineVersion | None) -> str:
    if current is not None and version.id == current.id:
        return "in force"
    return "to come" if version.effective_at > clock.now() else "past"
