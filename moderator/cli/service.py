"""`serve`, `worker`, `migrate`, `doctor`: running the service and seeing that it is well."""

import sys
from pkgutil import resolve_name

import click

from moderator import doctor as checks
from moderator import settings
from moderator.bootstrap import bootstrap
from moderator.cli.start import json_option, service, show
from moderator.errors import ModeratorError


@click.command(epilog="Example: moderator serve --port 8080")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Serve the review room, the hooks and the public pages; work through jobs too, unless REDIS_URL is set."""
    with service(migrate_empty=True, port=port) as runtime:
        # The web is above this package: it is named, not imported, as any plug-in is.
        run = resolve_name("webui.server:serve")
        run(runtime, host, port, lambda url: click.echo(f"Moderator serves on {url}"))


@click.command(epilog="Example: DATABASE_URL=postgresql://… REDIS_URL=redis://… moderator worker")
@click.option("--burst", is_flag=True, help="Stop when nothing is left to do.")
def worker(burst: bool) -> None:
    """Work through jobs, rung through Redis. Start as many as there are cores."""
    with service() as runtime:
        redis_url = runtime.settings.redis_url
        if redis_url is None:
            raise click.ClickException("REDIS_URL is not set: without it 'moderator serve' does the work itself")
        from moderator.jobs.rq_worker import work

        work(runtime, redis_url, burst=burst)


@click.command(epilog="Example: moderator migrate")
def migrate() -> None:
    """Bring the database to the schema that this version needs."""
    runtime = bootstrap(settings.load())
    try:
        before = None if runtime.database.is_missing() else runtime.database.revision()
        runtime.database.migrate()
        after = runtime.database.revision()
        click.echo(
            f"The database is at revision {after}" + ("." if before == after else f" (was {before or 'empty'}).")
        )
    finally:
        runtime.close()


@click.command(epilog="Example: moderator doctor --json")
@json_option
def doctor(as_json: bool) -> None:
    """Look for what would keep the service from working, and say how to mend it. Exit code 1 when something would."""
    try:
        runtime = bootstrap(settings.load())
    except (settings.SettingsError, ModeratorError) as error:
        results = [checks.Result("settings", checks.Health.BAD, str(error))]
    else:
        try:
            results = checks.examine(runtime)
        finally:
            runtime.close()
    lines = [f"{result.health.value:5} {result.check}: {result.message}" for result in results]
    show(
        [{"check": r.check, "health": r.health.value, "message": r.message} for r in results], as_json, "\n".join(lines)
    )
    sys.exit(1 if any(result.health is checks.Health.BAD for result in results) else 0)
