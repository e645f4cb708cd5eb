"""`guidelines`: checking and publishing guideline sets."""

from pathlib import Path

import click

from guidelines import check as checks
from guidelines.load import load_file, read_file
from guidelines.schema import GuidelineError
from moderator import accounts, publishing
from moderator.cli.start import json_option, service, show

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def guidelines() -> None:
    """Guideline sets: what is allowed."""


@guidelines.command("check", epilog="Example: moderator guidelines check house-rules.yaml")
@_file
@json_option
def guidelines_check(file: Path, as_json: bool) -> None:
    """Check a file: every mistake with line, column and mend. Exit code 1 when it cannot be published."""
    try:
        text = read_file(file)
    except GuidelineError as error:
        raise click.ClickException(str(error)) from None
    problems = checks.check_text(text)
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
    show(data, as_json, checks.report(problems, text, str(file)) if problems else f"{file}: no mistakes found")
    if any(not problem.warning for problem in problems):
        raise SystemExit(1)


@guidelines.command("publish", epilog="Example: moderator guidelines publish house-rules.yaml --office sam-field")
@_file
@click.option("--office", "slug", required=True)
def guidelines_publish(file: Path, slug: str) -> None:
    """Freeze a file as the office's next version. It is in force at once."""
    try:
        loaded = load_file(file)
    except GuidelineError as error:
        raise click.ClickException(str(error)) from None
    with service() as runtime, runtime.database.write() as session:
        office = accounts.office_named(session, slug)
        version = publishing.publish(session, office.id, loaded)
        click.echo(f"Version {version.number}, sha256 {version.sha256}")
        click.echo(f"{runtime.settings.public_url}/guidelines/{slug}/v/{version.number}")
