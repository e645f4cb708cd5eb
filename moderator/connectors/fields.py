"""What a channel is given: making its secrets, rotating them, and checking what people typed.

The checks are on the value alone: nothing is looked up and nobody is called.
"""

import base64
import binascii
import ipaddress
import secrets as random_source
from collections.abc import Mapping

from moderator.connectors import http
from moderator.connectors.base import Connector, Field
from moderator.connectors.reading import URL_LIMIT, web_address

#: While a secret is rotated, the old one is kept under its key with this ending.
PREVIOUS = "_previous"


def generate_secret(connector: Connector, key: str) -> str:
    """A fresh value for one generated field. Raises `KeyError` where the connector has no such field."""
    makers = {field.key: field.make for field in connector.fields if field.make is not None}
    return makers[key]()


def generate_secrets(connector: Connector) -> dict[str, str]:
    """A fresh value for every generated field: what a new channel starts with."""
    return {field.key: field.make() for field in connector.fields if field.make is not None}


def rotate_secret(connector: Connector, secrets: Mapping[str, str], key: str) -> dict[str, str]:
    """`secrets` with a fresh value under `key` and the old one kept beside it, so that both work for a while."""
    rotated = dict(secrets)
    if rotated.get(key):
        rotated[key + PREVIOUS] = rotated[key]
    rotated[key] = generate_secret(connector, key)
    return rotated


def validate_config(connector: Connector, config: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    """Everything wrong with a channel's settings, one sentence each, led by the field's key. Empty: all is well.

    A generated field may be missing: the service fills it in.
    """
    problems = [f"{key}: this connector has no such field" for key in _unknown(connector, config, secrets)]
    for field in connector.fields:
        problem = _problem(field, config, secrets)
        if problem:
            problems.append(f"{field.key}: {problem}")
    return problems


def _unknown(connector: Connector, config: Mapping[str, str], secrets: Mapping[str, str]) -> list[str]:
    open_keys = {field.key for field in connector.fields if not field.secret}
    secret_keys = {field.key for field in connector.fields if field.secret}
    secret_keys |= {field.key + PREVIOUS for field in connector.fields if field.generated}
    return sorted((set(config) - open_keys) | (set(secrets) - secret_keys))


def _problem(field: Field, config: Mapping[str, str], secrets: Mapping[str, str]) -> str | None:
    value = (secrets if field.secret else config).get(field.key, "")
    if not value:
        return "is required" if field.required and not (field.generated or field.default) else None
    return field.problem(value) if field.problem else None


def make_signing_secret() -> str:
    """A Standard Webhooks secret: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(random_source.token_bytes(32)).decode()


def make_token() -> str:
    """A random word that is safe in an address and in a form."""
    return random_source.token_urlsafe(32)


def signing_secret_problem(value: str) -> str | None:
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    return None if 24 <= len(key) <= 64 else "must be whsec_ followed by 24 to 64 bytes in base64"


def token_problem(value: str) -> str | None:
    fine = value.isascii() and value.isprintable() and " " not in value
    return None if fine else "must be one word of plain characters; look for a stray blank or line end"


def address_problem(value: str) -> str | None:
    """An http(s) address without a password or fragment in it, and not plainly a private one."""
    if web_address(value) is None or not value.isascii():
        return f"must be an http:// or https:// address of at most {URL_LIMIT:,} characters"
    authority = value.split("//", 1)[1].split("/", 1)[0].split("?", 1)[0]
    if "@" in authority or "#" in value:
        return "must not hold a user name, a password or a # part"
    if not http.allow_private_addresses() and _is_plainly_private(authority):
        return "must be on the public internet"
    return None


def secure_address_problem(value: str) -> str | None:
    """An address that a token is sent to: https, except where private networks are allowed on purpose."""
    if not value.startswith("https://") and not http.allow_private_addresses():
        return "must start with https://"
    return address_problem(value)


def refusal_problem(value: str) -> str | None:
    """A setting that is on until somebody writes no."""
    return None if value == "no" else "must be no, or empty"


def digits_problem(value: str) -> str | None:
    return None if value.isascii() and value.isdigit() and len(value) <= 32 else "must be digits only"


def _is_plainly_private(authority: str) -> bool:
    host = authority[1:].split("]")[0] if authority.startswith("[") else authority.split(":")[0]
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return not http.is_public(ipaddress.ip_address(host))
    except ValueError:
        return False
