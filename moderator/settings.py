"""Settings from the environment, read once, checked strictly, frozen.

| variable | meaning | default |
|---|---|---|
| `MODERATOR_HOME` | folder for the database file, the secret key and logs | `var` |
| `DATABASE_URL` | `sqlite:///…` or `postgresql://…` | SQLite in the home folder |
| `REDIS_URL` | set: workers are processes, rung through Redis | none: threads in the web process |
| `MODERATOR_SECRET_KEY`, `…_FILE` | at least 32 characters: seals secrets, signs forms | `secret-key` in the home |
| `MODERATOR_URL` | the address the public sees, for links | `http://127.0.0.1:<port>` |
| `MODERATOR_CLASSIFIERS` | names of the classifiers to run, comma-separated | `baseline` |
| `MODERATOR_ALLOW_PRIVATE_ADDRESSES` | `1`: outbound calls may reach private networks | `0` |
| `MODERATOR_SECURE_COOKIES` | `1`: cookies only over HTTPS | `1` when `MODERATOR_URL` is https |
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

#: Bodies above this are refused unread (413): room for 1,000 ordinary changes, well under 2 MB.
MAX_BODY_BYTES = 1_800_000

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}


class SettingsError(Exception):
    """A setting is missing or cannot be used. The message names the variable and the mend."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the operator can choose. Secrets stay out of `repr`."""

    home: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    secret_key: str = field(repr=False)
    public_url: str
    classifiers: tuple[str, ...] = ("baseline",)
    allow_private_addresses: bool = False
    secure_cookies: bool = False

    @property
    def scaled(self) -> bool:
        """True where workers are processes of their own."""
        return self.redis_url is not None


def load(environ: Mapping[str, str] | None = None, *, port: int = 8000, create_key: bool = False) -> Settings:
    """Read the environment. Raises `SettingsError`; `create_key` makes a missing key file instead."""
    env = os.environ if environ is None else environ
    home = Path(env.get("MODERATOR_HOME") or "var")
    public_url = (env.get("MODERATOR_URL") or f"http://127.0.0.1:{port}").rstrip("/")
    if not public_url.startswith(("http://", "https://")):
        raise SettingsError(f"MODERATOR_URL must start with http:// or https://, not {public_url!r}")
    database_url = _database_url(env.get("DATABASE_URL") or f"sqlite:///{home / 'moderator.db'}")
    redis_url = env.get("REDIS_URL") or None
    if redis_url and not redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL must start with redis://, rediss:// or unix://")
    if redis_url and database_url.startswith("sqlite"):
        raise SettingsError(
            "REDIS_URL is set but the database is SQLite: set DATABASE_URL to a PostgreSQL database too"
        )
    names = tuple(name.strip() for name in (env.get("MODERATOR_CLASSIFIERS") or "baseline").split(",") if name.strip())
    return Settings(
        home=home,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=_secret_key(env, home, create_key),
        public_url=public_url,
        classifiers=names,
        allow_private_addresses=_flag(env, "MODERATOR_ALLOW_PRIVATE_ADDRESSES", False),
        secure_cookies=_flag(env, "MODERATOR_SECURE_COOKIES", public_url.startswith("https://")),
    )


def _database_url(url: str) -> str:
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            url = "postgresql+psycopg://" + url.removeprefix(scheme)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError("DATABASE_URL must start with sqlite:/// or postgresql://")
    try:
        make_url(url)
    except (ArgumentError, ValueError):
        # The address may hold a password: it is not repeated.
        raise SettingsError(
            "DATABASE_URL cannot be read: write it as postgresql://user:password@host:port/name"
        ) from None
    return url


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    value = env.get(name)
    if value is None:
        return default
    try:
        return _FLAGS[value.strip().lower()]
    except KeyError:
        raise SettingsError(f"{name} must be 1 or 0, not {value!r}") from None


def _secret_key(env: Mapping[str, str], home: Path, create: bool) -> str:
    key = env.get("MODERATOR_SECRET_KEY", "").strip()
    path = Path(env.get("MODERATOR_SECRET_KEY_FILE") or home / "secret-key")
    if not key:
        if create and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48) + "\n")
        try:
            key = path.read_text().strip()
        except OSError as error:
            raise SettingsError(
                f"no secret key: set MODERATOR_SECRET_KEY or MODERATOR_SECRET_KEY_FILE ({path}: {error.strerror}). "
                "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            ) from None
    if len(key) < 32:
        raise SettingsError("MODERATOR_SECRET_KEY is too short: at least 32 characters are needed")
    return key
