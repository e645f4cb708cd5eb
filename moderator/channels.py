"""The office's channels: making one, opening its secrets for its connector, rotating them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderator import account_facts, audit, clock
from moderator.connectors import base, fields, registry
from moderator.domain.actions import ActionState
from moderator.domain.vocabulary import Verb
from moderator.errors import Invalid, NotFound
from moderator.jobs import queue
from moderator.pipeline.storable import is_storable
from moderator.sealing import SealBroken, Sealer
from moderator.storage.tables import Action, Channel, Office


def create_channel(
    session: Session,
    sealer: Sealer,
    office_id: str,
    connector_name: str,
    name: str,
    external_id: str = "",
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    actor: str = "system",
) -> Channel:
    """Connect a page. Secrets that the service makes itself are made here. Raises `Invalid` naming the field."""
    if session.get(Office, office_id) is None:
        raise NotFound("there is no such office")
    connector = _connector(connector_name)
    _check_name(name)
    kept_config, kept_secrets = _filled(connector, config or {}), dict(secrets or {})
    kept_secrets = fields.generate_secrets(connector) | {key: value for key, value in kept_secrets.items() if value}
    _check(connector, kept_config, kept_secrets)
    channel = Channel(
        id=clock.new_id(),
        office_id=office_id,
        connector=connector_name,
        name=name.strip(),
        external_id=external_id or kept_config.get("page_id", ""),
        config=kept_config,
        sealed_secrets=sealer.seal(kept_secrets),
        created_at=clock.now(),
        stopped_at=None,
        stopped_reason="",
    )
    session.add(channel)
    session.flush()
    _log(session, channel, actor, "channel.created", connector=connector_name)
    return channel


def update_channel(
    session: Session,
    sealer: Sealer,
    channel: Channel,
    name: str,
    config: Mapping[str, str],
    secrets: Mapping[str, str],
    actor: str,
) -> None:
    """Change a channel's settings. A secret left empty stays as it is.

    Raises `Invalid` naming the field, and `SealBroken` where the secrets cannot be opened and none is entered again.
    """
    connector = _connector(channel.connector)
    _check_name(name)
    new_config = _filled(connector, config)
    before = _before(sealer, connector, channel, secrets)
    new_secrets = before | {key: value for key, value in secrets.items() if value}
    _check(connector, new_config, new_secrets)
    changed = sorted(
        {key for key in new_config if channel.config.get(key) != new_config[key]}
        | {key for key in new_secrets if before.get(key) != new_secrets[key]}
        | ({"name"} if channel.name != name.strip() else set())
    )
    channel.name, channel.config, channel.sealed_secrets = name.strip(), new_config, sealer.seal(new_secrets)
    channel.external_id = new_config.get("page_id", channel.external_id)
    if new_config.get(account_facts.SETTING) == account_facts.NOTHING_KEPT:
        account_facts.forget(session, channel.id)
    _log(session, channel, actor, "channel.changed", fields=changed)


def rotate(session: Session, sealer: Sealer, channel: Channel, key: str, actor: str) -> str:
    """Make a new secret under `key` and return it. The one before stays valid until it is retired or rotated again."""
    connector = _connector(channel.connector)
    if key not in {field.key for field in connector.fields if field.generated}:
        raise Invalid(key, "this secret is not made here, so it cannot be rotated here")
    rotated = fields.rotate_secret(connector, sealer.open(channel.sealed_secrets), key)
    channel.sealed_secrets = sealer.seal(rotated)
    _log(session, channel, actor, "channel.secret_rotated", secret=key)
    return rotated[key]


def retire(session: Session, sealer: Sealer, channel: Channel, key: str, actor: str) -> None:
    """End the validity of the secret that was under `key` before the last rotation."""
    secrets = sealer.open(channel.sealed_secrets)
    if secrets.pop(key + fields.PREVIOUS, None) is not None:
        channel.sealed_secrets = sealer.seal(secrets)
        _log(session, channel, actor, "channel.secret_retired", secret=key)


def resume(session: Session, channel: Channel, actor: str) -> None:
    """The fault is mended: let the channel's actions go out again, at once. Ring the doorbell after commit."""
    channel.stopped_at, channel.stopped_reason = None, ""
    waiting = select(Action.id).where(Action.channel_id == channel.id, Action.state == ActionState.PENDING)
    queue.bring_forward(session, queue.Kind.ACT, waiting)
    _log(session, channel, actor, "channel.resumed")


def opened(sealer: Sealer, channel: Channel) -> base.Channel:
    """The channel as its connector sees it, secrets in the clear. Raises `SealBroken`."""
    return base.Channel(
        channel.id, channel.external_id, channel.name, channel.config, sealer.open(channel.sealed_secrets)
    )


def capabilities(channels: Iterable[Channel]) -> dict[str, Mapping[Verb, base.Capability]]:
    """What each channel's platform can do, by channel id. Connectors tell from the settings alone, not the secrets."""
    return {
        c.id: registry.get(c.connector).capabilities(base.Channel(c.id, c.external_id, c.name, c.config, {}))
        for c in channels
    }


def of_office(session: Session, office_id: str) -> list[Channel]:
    """The office's channels, oldest first."""
    return list(session.scalars(select(Channel).where(Channel.office_id == office_id).order_by(Channel.id)))


def _before(sealer: Sealer, connector: base.Connector, channel: Channel, given: Mapping[str, str]) -> dict[str, str]:
    """The secrets so far. Where they cannot be opened any more and are entered again, fresh ones where we make them."""
    try:
        return sealer.open(channel.sealed_secrets)
    except SealBroken:
        if not any(given.values()):
            raise
        return fields.generate_secrets(connector)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 200 or not is_storable(name):
        raise Invalid("name", "a channel needs a name of at most 200 characters")


def _connector(name: str) -> base.Connector:
    try:
        return registry.get(name)
    except registry.UnknownConnector as error:
        raise Invalid("connector", str(error)) from None


def _filled(connector: base.Connector, config: Mapping[str, str]) -> dict[str, str]:
    defaults = {field.key: field.default for field in connector.fields if not field.secret}
    return defaults | {key: value.strip() for key, value in config.items() if value.strip()}


def _check(connector: base.Connector, config: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    problems = fields.validate_config(connector, config, secrets)
    if problems:
        field, _, message = problems[0].partition(": ")
        raise Invalid(field, f"{field}: {message}")


def _log(session: Session, channel: Channel, actor: str, event: str, **detail: object) -> None:
    audit.append(session, [audit.Entry(channel.office_id, actor, event, f"channel:{channel.id}", detail)])
