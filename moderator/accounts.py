"""Offices, members, how they sign in, and API keys. Passwords and tokens are kept as hashes only.

How members are invited, change and leave is in `moderator.membership`.
"""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Select, delete, or_, select, update
from sqlalchemy.orm import Session

from moderator import audit, clock
from moderator.domain.vocabulary import Role
from moderator.errors import Invalid, NotFound
from moderator.pipeline.storable import is_storable, storable
from moderator.storage.tables import ApiKey, Member, MemberSession, Office, SignInLink

SCOPES: tuple[str, ...] = ("comments:write", "comments:read")

MIN_PASSWORD = 12
_MAX_PASSWORD = 256
_MAX_NAME = 200

#: A session ends after so long without a request, and after so long in any case.
IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)

_hasher = PasswordHasher()


def create_office(session: Session, name: str, slug: str | None = None, timezone: str = "Europe/London") -> Office:
    """Raises `Invalid` for a taken or unusable address or time zone."""
    name = _name(name, "an office")
    slug = slug or _slug(name)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", slug):
        raise Invalid("slug", "the office's address may hold small letters, digits and hyphens, at most 63")
    if session.scalar(select(Office.id).where(Office.slug == slug)):
        raise Invalid("slug", f"there is an office at the address {slug!r} already")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid("timezone", f"{timezone!r} is no time zone; write it as Europe/London") from None
    office = Office(id=clock.new_id(), slug=slug, name=name, timezone=timezone, created_at=clock.now())
    session.add(office)
    session.flush()
    audit.append(session, [audit.Entry(office.id, "system", "office.created", f"office:{office.id}", {"slug": slug})])
    return office


def office_named(session: Session, slug: str) -> Office:
    """Raises `NotFound`."""
    office = session.scalar(select(Office).where(Office.slug == storable(slug)[0]))
    if office is None:
        raise NotFound(f"there is no office at the address {slug!r}")
    return office


def add_member(
    session: Session, office_id: str, email: str, name: str, role: str, password: str | None = None
) -> Member:
    """Without a password the member signs in by link. Raises `Invalid`."""
    address = usable_address(email)
    if role not in set(Role):
        raise Invalid("role", f"{role!r} is no role; the roles are {', '.join(Role)}")
    name = usable_name(name)
    if session.scalar(select(Member.id).where(Member.email == address)):
        raise Invalid("email", f"{address} belongs to a member already")
    member = Member(
        id=clock.new_id(),
        office_id=office_id,
        email=address,
        name=name,
        role=role,
        password_hash=hashed(password) if password is not None else None,
        created_at=clock.now(),
        left_at=None,
    )
    session.add(member)
    session.flush()
    _log(session, member, "system", "member.added", role=role)
    return member


def set_password(session: Session, member: Member, password: str) -> None:
    """Change the password and end every session. Raises `Invalid`."""
    member.password_hash = hashed(password)
    session.execute(delete(MemberSession).where(MemberSession.member_id == member.id))
    _log(session, member, f"member:{member.id}", "member.password_set")


def member_named(session: Session, email: str) -> Member:
    """Raises `NotFound`."""
    query = select(Member).where(Member.email == storable(_address(email))[0], Member.left_at.is_(None))
    member = session.scalar(query)
    if member is None:
        raise NotFound(f"no member has the e-mail address {email!r}")
    return member


def check_password(session: Session, email: str, password: str) -> Member | None:
    """Whose password it is. Changes nothing, and takes as long when nobody has that address.

    It is slow on purpose: call it in `read()`, where no writer waits for it, and `note_attempt` afterwards.
    """
    member, nobody = session.scalar(_known_by(email)), _nobody()
    stored = member.password_hash if member is not None and member.password_hash else nobody
    right = _verify(stored, password)
    return member if right and stored != nobody else None


def note_attempt(session: Session, email: str, member: Member | None) -> bool:
    """Log that `check_password` found `member`. True when they may come in: nothing changed since it looked."""
    known = session.scalar(_known_by(email))
    if known is None:
        return False
    right = member is not None and known.id == member.id and known.password_hash == member.password_hash
    event = "member.signed_in" if right else "member.sign_in_failed"
    _log(session, known, f"member:{known.id}", event, by="password")
    return right


def make_link(session: Session, member_id: str, minutes: int = 30) -> str:
    """A token that signs the member in once, for a while."""
    token = secrets.token_urlsafe(32)
    expires = clock.now() + timedelta(minutes=minutes)
    session.add(SignInLink(token_hash=token_hash(token), member_id=member_id, expires_at=expires, used_at=None))
    return token


def link_member(session: Session, token: str) -> Member | None:
    """Whom a link would sign in; None when it is used, too old or unknown. Changes nothing."""
    query = (
        select(Member)
        .join(SignInLink, SignInLink.member_id == Member.id)
        .where(
            SignInLink.token_hash == token_hash(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > clock.now(),
            *_has_access(),
        )
    )
    return session.scalar(query)


def redeem_link(session: Session, token: str) -> Member | None:
    """Use a link up. None as for `link_member`; of two at once one gets None."""
    used = session.execute(
        update(SignInLink)
        .where(
            SignInLink.token_hash == token_hash(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > clock.now(),
        )
        .values(used_at=clock.now())
        .returning(SignInLink.member_id),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    member = session.scalar(select(Member).where(Member.id == used.member_id, *_has_access())) if used else None
    if member is None:
        return None
    _log(session, member, f"member:{member.id}", "member.signed_in", by="link")
    return member


def open_session(session: Session, member_id: str) -> str:
    """Start a browser session. Returns the token for its cookie."""
    token, now = secrets.token_urlsafe(32), clock.now()
    session.execute(delete(MemberSession).where(MemberSession.expires_at < now))
    session.add(
        MemberSession(
            token_hash=token_hash(token), member_id=member_id, created_at=now, seen_at=now, expires_at=now + ABSOLUTE
        )
    )
    return token


def session_member(session: Session, token: str) -> Member | None:
    """Who a cookie belongs to; None when its session ended. Changes nothing."""
    now = clock.now()
    query = (
        select(Member)
        .join(MemberSession, MemberSession.member_id == Member.id)
        .where(
            MemberSession.token_hash == token_hash(token),
            MemberSession.expires_at > now,
            MemberSession.seen_at > now - IDLE,
            *_has_access(),
        )
    )
    return session.scalar(query)


def needs_touch(session: Session, token: str) -> bool:
    """Whether the session was last marked as used so long ago that it should be marked again."""
    seen = session.scalar(select(MemberSession.seen_at).where(MemberSession.token_hash == token_hash(token)))
    return seen is not None and seen < clock.now() - IDLE / 24


def touch_session(session: Session, token: str) -> None:
    """Mark a session as used now."""
    session.execute(
        update(MemberSession).where(MemberSession.token_hash == token_hash(token)).values(seen_at=clock.now()),
        execution_options={"synchronize_session": False},
    )


def close_session(session: Session, token: str) -> None:
    """Sign out: the cookie is worth nothing from now on."""
    found = session.get(MemberSession, token_hash(token))
    if found is not None:
        member = session.get_one(Member, found.member_id)
        session.delete(found)
        _log(session, member, f"member:{member.id}", "member.signed_out")


def create_key(session: Session, office_id: str, name: str, scopes: Sequence[str]) -> str:
    """An API key, to be shown once. Raises `Invalid` for a scope that does not exist."""
    known = f"the scopes are {', '.join(SCOPES)}"
    if not scopes:
        raise Invalid("scope", f"at least one scope is needed; {known}")
    for scope in scopes:
        if scope not in SCOPES:
            raise Invalid("scope", f"unknown scope {scope!r}; {known}")
    name = _name(name, "a key")
    key = "mod_" + secrets.token_urlsafe(32)
    row = ApiKey(
        id=clock.new_id(),
        office_id=office_id,
        name=name,
        key_hash=token_hash(key),
        scopes=sorted(set(scopes)),
        created_at=clock.now(),
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    detail = {"name": name, "scopes": row.scopes}
    audit.append(session, [audit.Entry(office_id, "system", "key.created", f"key:{row.id}", detail)])
    return key


def key_holder(session: Session, key: str) -> ApiKey | None:
    """The key's row; None when it is unknown or revoked."""
    return session.scalar(select(ApiKey).where(ApiKey.key_hash == token_hash(key), ApiKey.revoked_at.is_(None)))


def revoke_key(session: Session, key_id: str) -> None:
    """Raises `NotFound`."""
    row = session.get(ApiKey, key_id)
    if row is None:
        raise NotFound(f"there is no key {key_id!r}")
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        audit.append(session, [audit.Entry(row.office_id, "system", "key.revoked", f"key:{row.id}")])


def usable_address(email: str) -> str:
    """An e-mail address as it is kept. Raises `Invalid`."""
    address = _address(email)
    if "@" not in address or len(address) > 254 or any(c.isspace() or not c.isprintable() for c in address):
        raise Invalid("email", f"{email!r} is no e-mail address")
    return address


def usable_name(name: str) -> str:
    """A member's name as it is kept. Raises `Invalid`."""
    return _name(name, "a member")


def hashed(password: str) -> str:
    """What is kept of a password. Slow on purpose: call it where no writer waits for it. Raises `Invalid`."""
    if len(password) < MIN_PASSWORD:
        raise Invalid("password", f"a password needs at least {MIN_PASSWORD} characters; three random words do well")
    if len(password) > _MAX_PASSWORD or not is_storable(password):
        raise Invalid("password", f"a password may have at most {_MAX_PASSWORD} characters, all of them real ones")
    return _hasher.hash(password)


def token_hash(token: str) -> str:
    """What is kept of a token."""
    # Tokens are 256 random bits: a plain hash is enough, and quick to look up.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@cache
def _nobody() -> str:
    """Checked when there is no such member, so that the answer takes as long."""
    return _hasher.hash(secrets.token_hex(16))


def _known_by(email: str) -> Select[tuple[Member]]:
    return select(Member).where(Member.email == storable(_address(email))[0], *_has_access())


def _has_access() -> tuple[ColumnElement[bool], ...]:
    """What holds of a member who may come in: neither left, nor past the day on which their access ends."""
    return Member.left_at.is_(None), or_(Member.ends_at.is_(None), Member.ends_at > clock.now())


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[: _MAX_PASSWORD + 1].encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False


def _address(email: str) -> str:
    return unicodedata.normalize("NFC", email.strip().casefold())


def _name(name: str, what: str) -> str:
    if not name.strip() or len(name) > _MAX_NAME or not is_storable(name):
        raise Invalid("name", f"{what} needs a name of at most {_MAX_NAME} characters")
    return name.strip()


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63]


def _log(session: Session, member: Member, actor: str, event: str, **detail: object) -> None:
    audit.append(session, [audit.Entry(member.office_id, actor, event, f"member:{member.id}", detail)])
