"""`channel`: connecting pages and accounts."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from moderator import accounts, channels, clock
from moderator.cli.start import json_option, service, show
from moderator.connectors import registry
from moderator.errors import Invalid, NotFound
from moderator.storage.tables import Channel, Office


@click.group()
def channel() -> None:
    """Channels: the connected pages and accounts."""


@channel.command(
    "add",
    epilog="Example: moderator channel add --office sam-field --connector webhook 'Page tool' "
    "--set target_url=https://tool.example.org/actions",
)
@click.option("--office", "slug", required=True)
@click.option("--connector", required=True, type=click.Choice(registry.names()))
@click.argument("name")
@click.option("--set", "values", multiple=True, metavar="KEY=VALUE", help="A setting or secret of the connector.")
@json_option
def channel_add(slug: str, connector: str, name: str, values: tuple[str, ...], as_json: bool) -> None:
    """Connect a page. Prints its hook address and the secrets made for it."""
    config, secrets = _split(connector, values)
    with service() as runtime, runtime.database.write() as session:
        office = accounts.office_named(session, slug)
        made = channels.create_channel(
            session, runtime.sealer, office.id, connector, name, config=config, secrets=secrets
        )
        generated = {field.key for field in registry.get(connector).fields if field.generated}
        opened = channels.opened(runtime.sealer, made)
        facts = {"id": made.id, "hook_url": f"{runtime.settings.public_url}/hooks/{made.id}"}
        facts |= {key: value for key, value in opened.secrets.items() if key in generated}
    show(facts, as_json, "\n".join(f"{key:16} {value}" for key, value in facts.items()))


@channel.command("list", epilog="Example: moderator channel list --json")
@json_option
def channel_list(as_json: bool) -> None:
    """List channels of all offices."""
    with service() as runtime, runtime.database.read() as session:
        rows = [
            {"id": c.id, "office": s, "connector": c.connector, "name": c.name, "stopped": c.stopped_reason or None}
            for c, s in session.execute(
                select(Channel, Office.slug)
                .join(Office, Office.id == Channel.office_id)
                .order_by(Office.slug, Channel.id)
            )
        ]
    lines = [
        f"{r['id']} {r['office']:20} {r['connector']:10} {r['name']}{' (stopped)' if r['stopped'] else ''}"
        for r in rows
    ]
    show(rows, as_json, "\n".join(lines))


@channel.command("rotate", epilog="Example: moderator channel rotate CHANNEL-ID signing_secret")
@click.argument("channel_id")
@click.argument("secret")
def channel_rotate(channel_id: str, secret: str) -> None:
    """Make a new secret; the one before stays valid until the next rotation. Prints the new one."""
    with service() as runtime, runtime.database.write() as session:
        click.echo(channels.rotate(session, runtime.sealer, _channel(session, channel_id), secret, "system"))


@channel.command("resume", epilog="Example: moderator channel resume CHANNEL-ID")
@click.argument("channel_id")
def channel_resume(channel_id: str) -> None:
    """Let a stopped channel's actions go out again."""
    with service() as runtime, runtime.database.write() as session:
        channels.resume(session, _channel(session, channel_id), "system")
    click.echo("The channel works again.")


@channel.command(
    "sign",
    epilog='Example: moderator channel sign CHANNEL-ID "$BODY" | '
    "curl -H @- -H 'Content-Type: application/json' --data-binary \"$BODY\" HOOK-URL",
)
@click.argument("channel_id")
@click.argument("body")
def channel_sign(channel_id: str, body: str) -> None:
    """Print the Standard Webhooks headers that make BODY a signed delivery to this channel, valid for five minutes."""
    with service() as runtime, runtime.database.read() as session:
        found = _channel(session, channel_id)
        secret = channels.opened(runtime.sealer, found).secrets.get("signing_secret")
    if found.connector != "webhook" or not secret:
        raise click.ClickException(f"only deliveries to webhook channels can be signed here; this is {found.connector}")
    message, now = f"msg_{clock.new_id()}", clock.now()
    click.echo(f"webhook-id: {message}")
    click.echo(f"webhook-timestamp: {int(now.timestamp())}")
    click.echo(f"webhook-signature: {Webhook(secret).sign(message, now, body)}")


def _channel(session: Session, channel_id: str) -> Channel:
    found = session.get(Channel, channel_id)
    if found is None:
        raise NotFound(f"there is no channel {channel_id!r}; 'moderator channel list' shows them")
    return found


def _split(connector: str, values: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
    secret_keys = {field.key for field in registry.get(connector).fields if field.secret}
    config: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for value in values:
        key, sign, text = value.partition("=")
        if not sign:
            raise Invalid("set", f"{value!r}: write it as KEY=VALUE")
        (secrets if key in secret_keys else config)[key] = text
    return config, secrets
