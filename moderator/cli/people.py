"""`office`, `member`, `key`: who works here, and what may call us."""

from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.load import load_preset, preset_names
from moderator import accounts, membership, publishing, upkeep
from moderator.cli.start import json_option, service, show
from moderator.domain.vocabulary import Role
from moderator.storage.tables import ApiKey, Member, Office

_office_option = click.option(
    "--office", "slug", required=True, help="The office's address, as 'office list' shows it."
)

_ROLES = [role.value for role in Role]


@click.group()
def office() -> None:
    """Offices: representatives, candidates, councils."""


@office.command("create", epilog="Example: moderator office create 'Sam Field MP' --contact office@example.org")
@click.argument("name")
@click.option("--slug", help="Its address in links; made from the name when left out.")
@click.option("--timezone", default="Europe/London", show_default=True)
@click.option("--preset", type=click.Choice(preset_names()), default="open-forum", show_default=True)
@click.option("--contact", default="", help="How people reach the office, shown on the guidelines page.")
@click.option("--no-guidelines", is_flag=True, help="Publish nothing yet: every comment then goes to a person.")
def office_create(name: str, slug: str | None, timezone: str, preset: str, contact: str, no_guidelines: bool) -> None:
    """Create an office and publish a preset as its first guidelines."""
    with service(migrate_empty=True) as runtime, runtime.database.write() as session:
        created = accounts.create_office(session, name, slug, timezone)
        upkeep.begin(session, [created.id])
        if not no_guidelines:
            publishing.publish(session, created.id, load_preset(preset, office_name=name, contact=contact))
        click.echo(f"Office {created.slug}: {runtime.settings.public_url}/guidelines/{created.slug}")


@office.command("list", epilog="Example: moderator office list --json")
@json_option
def office_list(as_json: bool) -> None:
    """List offices."""
    with service() as runtime, runtime.database.read() as session:
        rows = [{"slug": o.slug, "name": o.name} for o in session.scalars(select(Office).order_by(Office.slug))]
    show(rows, as_json, "\n".join(f"{row['slug']:24} {row['name']}" for row in rows))


@click.group()
def member() -> None:
    """Members: the people who work in an office."""


@member.command("add", epilog="Example: moderator member add --office sam-field ada@example.org 'Ada Moss' --role lead")
@_office_option
@click.argument("email")
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), default=Role.MODERATOR.value, show_default=True)
@click.option("--password", is_flag=True, help="Ask for a password; without it, a one-time link is printed.")
def member_add(slug: str, email: str, name: str, role: str, password: bool) -> None:
    """Add a member. Prints a one-time sign-in link unless a password is set."""
    secret = click.prompt("Password", hide_input=True, confirmation_prompt=True) if password else None
    with service() as runtime, runtime.database.write() as session:
        added = accounts.add_member(session, accounts.office_named(session, slug).id, email, name, role, secret)
        click.echo(f"{added.name} is {added.role} of {slug}.")
        if secret is None:
            click.echo(f"{runtime.settings.public_url}/sign-in/{accounts.make_link(session, added.id)}")


@member.command("link", epilog="Example: moderator member link ada@example.org")
@click.argument("email")
@click.option("--minutes", default=30, show_default=True, type=click.IntRange(1, 1440))
def member_link(email: str, minutes: int) -> None:
    """Print a link that signs a member in once."""
    with service() as runtime, runtime.database.write() as session:
        found = accounts.member_named(session, email)
        click.echo(f"{runtime.settings.public_url}/sign-in/{accounts.make_link(session, found.id, minutes)}")


@member.command("password", epilog="Example: moderator member password ada@example.org")
@click.argument("email")
def member_password(email: str) -> None:
    """Set a member's password and end their sessions."""
    secret = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with service() as runtime, runtime.database.write() as session:
        accounts.set_password(session, accounts.member_named(session, email), secret)
    click.echo("The password is set.")


@member.command("invite", epilog="Example: moderator member invite ada@example.org --by sam@example.org --role lead")
@click.argument("email")
@click.option("--by", required=True, help="E-mail of the owner in whose name it is sent.")
@click.option("--name", default="", help="What to call them; they may change it.")
@click.option("--role", type=click.Choice(_ROLES), default=Role.MODERATOR.value, show_default=True)
@click.option("--channel", "on", multiple=True, help="CHANNEL-ID=ROLE: they see these channels alone. May be repeated.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day of their access.")
def member_invite(email: str, by: str, name: str, role: str, on: tuple[str, ...], until: datetime | None) -> None:
    """Print a link with which somebody makes themself a member, once, within seven days."""
    channels = dict(_channel_and_role(each) for each in on)
    with service() as runtime, runtime.database.write() as session:
        owner = accounts.member_named(session, by)
        terms = membership.Terms(role, channels, _end_of_day(session, owner, until))
        token = membership.invite(session, owner, email, name, terms)
        click.echo(f"{runtime.settings.public_url}/join/{token}")


@member.command("end", epilog="Example: moderator member end ada@example.org --on 2026-12-31")
@click.argument("email")
@click.option("--on", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day of their access.")
@click.option("--never", is_flag=True, help="Their access ends no more by itself.")
def member_end(email: str, last: datetime | None, never: bool) -> None:
    """Say when a member's access ends by itself. To end it now, use `remove`."""
    if never == (last is not None):
        raise click.UsageError("say either --on DATE or --never")
    with service() as runtime, runtime.database.write() as session:
        found = accounts.member_named(session, email)
        membership.set_end(session, found, _end_of_day(session, found, last), "system")
    click.echo(f"Their last day is {last:%Y-%m-%d}." if last else "Their access does not end by itself.")


@member.command("remove", epilog="Example: moderator member remove ada@example.org")
@click.argument("email")
def member_remove(email: str) -> None:
    """End a member's access now. What they decided stays on record."""
    with service() as runtime, runtime.database.write() as session:
        had = membership.leave(session, accounts.member_named(session, email))
    click.echo("Their access has ended.")
    for what, ids in (("Secrets to rotate, of channel", had.secrets), ("API key to look at", had.keys)):
        for each in ids:
            click.echo(f"{what}: {each}")


@member.command("list", epilog="Example: moderator member list --json")
@json_option
def member_list(as_json: bool) -> None:
    """List members of all offices."""
    with service() as runtime, runtime.database.read() as session:
        rows = [
            {"office": slug, "email": m.email, "name": m.name, "role": m.role, "left": m.left_at is not None}
            for m, slug in session.execute(
                select(Member, Office.slug)
                .join(Office, Office.id == Member.office_id)
                .order_by(Office.slug, Member.email)
            )
        ]
    lines = [f"{r['office']:20} {r['email']:32} {r['role']:10} {r['name']}{' (left)' * r['left']}" for r in rows]
    show(rows, as_json, "\n".join(lines))


def _channel_and_role(said: str) -> tuple[str, str]:
    channel_id, sign, role = said.partition("=")
    if not sign:
        raise click.BadParameter("write it as CHANNEL-ID=ROLE", param_hint="--channel")
    return channel_id, role


def _end_of_day(session: Session, member: Member, day: datetime | None) -> datetime | None:
    """The end of that day where the member's office is."""
    office = session.get_one(Office, member.office_id)
    return membership.end_of_day(office, day.date()) if day else None


@click.group()
def key() -> None:
    """API keys: what other programs call us with."""


@key.command("create", epilog="Example: moderator key create --office sam-field --scope comments:write --name zapier")
@_office_option
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(accounts.SCOPES))
@click.option("--name", default="unnamed", show_default=True, help="What it is for.")
def key_create(slug: str, scopes: tuple[str, ...], name: str) -> None:
    """Create a key and print it once, alone on the last line."""
    with service() as runtime, runtime.database.write() as session:
        secret = accounts.create_key(session, accounts.office_named(session, slug).id, name, scopes)
    click.echo("Keep this key: it is not shown again.", err=True)
    click.echo(secret)


@key.command("list", epilog="Example: moderator key list")
@json_option
def key_list(as_json: bool) -> None:
    """List keys, without the keys themselves."""
    with service() as runtime, runtime.database.read() as session:
        rows = [
            {"id": k.id, "office": slug, "name": k.name, "scopes": k.scopes, "revoked": k.revoked_at is not None}
            for k, slug in session.execute(
                select(ApiKey, Office.slug).join(Office, Office.id == ApiKey.office_id).order_by(ApiKey.id)
            )
        ]
    lines = [
        f"{r['id']} {r['office']:20} {r['name']:20} {','.join(r['scopes'])}{' revoked' * r['revoked']}" for r in rows
    ]
    show(rows, as_json, "\n".join(lines))


@key.command("revoke", epilog="Example: moderator key revoke KEY-ID")
@click.argument("key_id")
def key_revoke(key_id: str) -> None:
    """Make a key worthless, now."""
    with service() as runtime, runtime.database.write() as session:
        accounts.revoke_key(session, key_id)
    click.echo("The key is revoked.")
