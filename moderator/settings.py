"""Settings from the environment, read once, checked strictly, frozen.

| variable | meaning | default |
|---|---|---|
| `MODERATOR_HOME` | folder for the database file, the secret key and logs | `var` |
| `DATABASE_URL` | `sqlite:///…` or `postgresql://…` | SQLite in the home folder |
| `REDIS_URL` | set: workers are processes, rung through Redis | none: threads in the web process |
| `MODERATOR_SECRET_KEY`, `…_FILE` | at least 32 characters: seals secrets, signs forms | `secret-key` in the home |
| `MODERATOR_URL` | the address the public sees, for links | `http://127.0.0.1:<port>` |
| `MODERATOR_CLASSIFIERS` | classifiers to run, comma-separated, first choice first | `DEFAULT_CLASSIFIERS` |
| `MODERATOR_CLASSIFIER_OPTIONS` | a TOML file with a section of options for each classifier that takes any | none |
| `MODERATOR_ALLOW_PRIVATE_ADDRESSES` | `1`: outbound calls may reach private networks | `0` |
| `MODERATOR_SECURE_COOKIES` | `1`: cookies only over HTTPS | `1` when `MODERATOR_URL` is https |
"""

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

#: Bodies above this are refused unread (413): room for 1,000 ordinary changes, well under 2 MB.
MAX_BODY_BYTES = 1_800_000

#: The bundled model: what a command asks that is told of no classifier, where the service runs it.
BUNDLED_MODEL = "civility"

#: What looks at one thing goes before the bundled model, which measures some of it from the words alone.
DEFAULT_CLASSIFIERS: tuple[str, ...] = (
    "links",
    BUNDLED_MODEL,
    "personal_data",
    "gibberish",
    "speech",
    "relevance",
    "claims",
    "repetition",
    "automation",
)

_CLASSIFIER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

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
    #: in order of priority
    classifiers: tuple[str, ...] = DEFAULT_CLASSIFIERS
    #: classifier → its options; `uses` among them names another classifier that it is one of
    classifier_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: where these options stand, for messages
    classifier_options_file: Path | None = None
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
    options_file, options = classifier_options(env)
    return Settings(
        home=home,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=_secret_key(env, home, create_key),
        public_url=public_url,
        classifiers=classifiers(env),
        classifier_options=options,
        classifier_options_file=options_file,
        allow_private_addresses=_flag(env, "MODERATOR_ALLOW_PRIVATE_ADDRESSES", False),
        secure_cookies=_flag(env, "MODERATOR_SECURE_COOKIES", public_url.startswith("https://")),
    )


def classifiers(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The names of the classifiers to run, in order of priority. Raises `SettingsError`."""
    env = os.environ if environ is None else environ
    written = (env.get("MODERATOR_CLASSIFIERS") or ",".join(DEFAULT_CLASSIFIERS)).split(",")
    names = tuple(name for part in written if (name := part.strip()))
    for name in names:
        if not _CLASSIFIER_NAME.fullmatch(name):
            raise SettingsError(f"MODERATOR_CLASSIFIERS: {name!r} is no name of a classifier")
        if name == "wordlist":
            raise SettingsError("MODERATOR_CLASSIFIERS: leave out 'wordlist', each office's own list is always read")
        if names.count(name) > 1:
            raise SettingsError(f"MODERATOR_CLASSIFIERS names {name!r} twice")
    return names


def classifiers_to_ask(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Whom a command asks about texts that stand alone: the bundled model, or all where the service runs without it."""
    running = classifiers(environ)
    return (BUNDLED_MODEL,) if BUNDLED_MODEL in running else running


def classifier_options(
    environ: Mapping[str, str] | None = None,
) -> tuple[Path | None, Mapping[str, Mapping[str, Any]]]:
    """The file of options, and its sections by the name of the classifier. Raises `SettingsError`."""
    env = os.environ if environ is None else environ
    if not env.get("MODERATOR_CLASSIFIER_OPTIONS"):
        return None, {}
    path = Path(env["MODERATOR_CLASSIFIER_OPTIONS"])
    try:
        sections = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"MODERATOR_CLASSIFIER_OPTIONS: {path}: {error.strerror}") from None
    except ValueError as error:  # bad TOML, or no UTF-8
        raise SettingsError(f"MODERATOR_CLASSIFIER_OPTIONS: {path}: {error}") from None
    for name, section in sections.items():
        if not isinstance(section, dict):
            raise SettingsError(f"{path}: {name!r} stands in no section: write it under [name-of-classifier]")
        if not isinstance(section.get("uses", ""), str):
            raise SettingsError(f"{path}: uses in [{name}] must be the name of a classifier, in quotation marks")
    return path, sections


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
