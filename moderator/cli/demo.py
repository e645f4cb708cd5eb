"""`demo`: the whole service with an invented office, ready to look at."""

import dataclasses
import os
import shlex
import socket
import sys
from pathlib import Path
from pkgutil import resolve_name

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from moderator import accounts, settings
from moderator.bootstrap import bootstrap
from moderator.demo import office as demo_office
from moderator.demo.office import DemoOffice
from moderator.runtime import Runtime

_LINK_MINUTES = 1440


@click.command(epilog="Example: moderator demo --port 8080")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--fill-only", is_flag=True, help="Set up and fill the office, then stop.")
def demo(port: int, fill_only: bool) -> None:
    """Set up an invented office, take its sample comments through the pipeline, and serve. Keeps what is there."""
    _refuse_taken(port)
    found = settings.load(port=port, create_key=True)
    # The demonstration's platform listens on this machine, which real channels must not reach.
    runtime = bootstrap(dataclasses.replace(found, allow_private_addresses=True))
    try:
        runtime.database.migrate()
        office = _set_up(runtime)
        platform = demo_office.start_platform(runtime, office)
        try:
            _fill(runtime, office)
            if not fill_only:
                serve = resolve_name("webui.server:serve")
                serve(runtime, "127.0.0.1", port, lambda url: _welcome(runtime, office, url))
        finally:
            platform.stop()
    finally:
        runtime.close()


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise click.ClickException(
                f"port {port} is taken by another program: choose another one, as in 'make run PORT={port + 1}'"
            ) from None


def _set_up(runtime: Runtime) -> DemoOffice:
    with runtime.database.read() as session:
        existing = demo_office.find(session)
    return existing or demo_office.create(runtime)


def _fill(runtime: Runtime, office: DemoOffice) -> None:
    if demo_office.is_filled(runtime, office):
        return
    columns = (TextColumn("Sample comments through the pipeline"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=demo_office.size())
        demo_office.fill(runtime, office, lambda done: bar.update(task, completed=done))


def _welcome(runtime: Runtime, office: DemoOffice, url: str) -> None:
    with runtime.database.write() as session:
        token = accounts.make_link(session, office.member_id, _LINK_MINUTES)
    channel = office.channel_ids["page"]
    click.echo(f"\nModerator serves on {url}. Stop it with Ctrl-C.\n")
    click.echo(f"Sign in, once, as Alex Moreno:\n  {url}/sign-in/{token}\n")
    click.echo(f"The public guidelines:\n  {url}/guidelines/{demo_office.SLUG}\n")
    click.echo(f"Send one more signed comment, from another terminal:\n{_curl(runtime, channel, url)}\n")


def _curl(runtime: Runtime, channel_id: str, url: str) -> str:
    """A command line that signs a comment at the moment it is run and posts it."""
    program = shlex.join(_this_program())
    home = shlex.quote(str(runtime.settings.home.absolute()))
    database = f" DATABASE_URL={shlex.quote(os.environ['DATABASE_URL'])}" if "DATABASE_URL" in os.environ else ""
    text = "We know where you live. Next time you will be sorry."
    author = '{\\"external_id\\": \\"try\\", \\"name\\": \\"A visitor\\"}'
    body = f'{{\\"external_id\\": \\"try-$(date +%s)\\", \\"text\\": \\"{text}\\", \\"author\\": {author}}}'
    return (
        f'  BODY="{body}"; '
        f'MODERATOR_HOME={home}{database} {program} channel sign {channel_id} "$BODY" | '
        f"curl -sS -H @- -H 'Content-Type: application/json' --data-binary \"$BODY\" {url}/hooks/{channel_id}"
    )


def _this_program() -> tuple[str, ...]:
    """How this program was started, so that it can be started again from anywhere."""
    script = Path(sys.argv[0]).absolute()
    return (sys.executable, "-m", "moderator") if script.name == "__main__.py" else (str(script),)
