"""`audit`: proving that the log was not edited."""

import click

from moderator import accounts
from moderator import audit as log
from moderator.cli.start import json_option, service, show


@click.group()
def audit() -> None:
    """The append-only log."""


@audit.command("verify", epilog="Example: moderator audit verify --office sam-field")
@click.option("--office", "slug", help="One office; all chains when left out.")
@json_option
def audit_verify(slug: str | None, as_json: bool) -> None:
    """Recompute every hash. Exit code 1 when the log was changed, cut or added to."""
    with service() as runtime, runtime.database.read() as session:
        chain = accounts.office_named(session, slug).id if slug else None
        breaks = list(log.verify(session, chain))
        count = log.length(session, chain)
    data = {"entries": count, "breaks": [{"chain": b.chain, "entry": b.sequence, "what": b.what} for b in breaks]}
    lines = [f"chain {b.chain}, entry {b.sequence}: {b.what}" for b in breaks]
    show(data, as_json, "\n".join(lines) or f"{count} entries, every hash holds")
    if breaks:
        raise SystemExit(1)
