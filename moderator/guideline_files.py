"""Guidelines as files: taken in from an upload or another office's public address, and handed out again.

What comes in is somebody else's text. It is read as strictly as any document, it speaks for our office and not for
theirs, and it becomes a draft: people look at it before anybody is held to it.
"""

import json
import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.orm import Session

from guidelines.document import MAX_BYTES, Refused, decode
from guidelines.load import read_text
from guidelines.render import from_dict, to_yaml
from guidelines.schema import GuidelineError, GuidelineSet, Office
from moderator import drafts, publishing
from moderator.connectors import http
from moderator.errors import Invalid
from moderator.storage import tables
from moderator.storage.tables import GuidelineDraft, GuidelineVersion, Member

#: A page of published guidelines: its address, a numbered version of it, or the short address.
_PAGE = re.compile(
    r"(?P<before>.*)/(?:guidelines|g)/(?P<slug>[A-Za-z0-9][A-Za-z0-9-]{0,62})(?P<version>/v/[0-9]{1,6})?(?:/changes)?"
)
_FILE = re.compile(r".+\.(?:yaml|yml|json)")


@dataclass(frozen=True, slots=True)
class Taken:
    """A document that came in and can be read."""

    #: as it came, where that was YAML
    text: str
    guidelines: GuidelineSet
    #: another office published it
    foreign: bool = False


def take_in(data: bytes) -> Taken:
    """A document in YAML or JSON. Raises `Invalid` for one that cannot be read, with its first mistake."""
    try:
        text = decode(data).removeprefix("\ufeff")
    except Refused as refused:
        raise Invalid("file", drafts.in_words(refused.problems)) from None
    if text.lstrip().startswith("{") and (guidelines := _from_json(text)) is not None:
        return Taken(to_yaml(guidelines), guidelines)
    reading = read_text(text)
    if reading.guidelines is None:
        raise Invalid("file", drafts.in_words(reading.problems))
    return Taken(text, reading.guidelines)


def fetch(address: str) -> Taken:
    """The guidelines that another office publishes, by the address of their page or of a file.

    Calls out, so it is for a moment without a transaction. Raises `Invalid`.
    """
    url = _file_address(address)
    try:
        answer = http.send("GET", url, headers={"Accept": "application/json, application/yaml"}, limit=MAX_BYTES + 1)
    except (http.CannotSend, http.NoAnswer) as error:
        raise Invalid("address", f"Nothing could be fetched: {error}.") from None
    if 300 <= answer.status < 400:
        raise Invalid("address", "The address leads to another one. Open it in a browser and copy where it takes you.")
    if not answer.ok:
        raise Invalid("address", f"There are no guidelines at this address: it answered with {answer.status}.")
    if answer.body.lstrip()[:1] == b"<":
        raise Invalid("address", "There is a web page at this address, and no guidelines in YAML or JSON.")
    try:
        return replace(take_in(answer.body), foreign=True)
    except Invalid as invalid:
        raise Invalid("address", f"What is at this address cannot be used. {invalid}") from None


def start_draft(session: Session, member: Member, taken: Taken, title: str = "") -> GuidelineDraft:
    """A draft of what was taken in, in the name of the member's office. Raises as `drafts.create` does."""
    return drafts.from_text(session, member, _our_text(session, member.office_id, taken), title or _title(taken))


def start_draft_for_office(session: Session, office_id: str, taken: Taken, title: str = "") -> GuidelineDraft:
    """As `start_draft`, put there by the operator. Raises `Invalid`."""
    text = _our_text(session, office_id, taken)
    return drafts.create_for_office(session, office_id, title or _title(taken), text)


def handed_out(version: GuidelineVersion, *, as_json: bool) -> str:
    """A published version as YAML for people, or as the very JSON that its sha256 is of."""
    return version.document if as_json else to_yaml(publishing.read(version))


def _title(taken: Taken) -> str:
    return taken.guidelines.title[: drafts.MAX_TITLE]


def _from_json(text: str) -> GuidelineSet | None:
    """None for what is no JSON. Raises `Invalid` for JSON that is no guidelines."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    try:
        return from_dict(data)
    except GuidelineError as error:
        raise Invalid("file", drafts.in_words(error.problems)) from None


def _file_address(address: str) -> str:
    """Where the document itself is. Raises `Invalid`."""
    try:
        parts = urlsplit(address.strip())
        known = bool(parts.hostname)
    except ValueError:
        known = False
    if not known or parts.username is not None or parts.password is not None:
        raise Invalid("address", "Write the whole address, such as https://moderator.example.org/guidelines/town.")
    if parts.scheme != "https" and not (parts.scheme == "http" and http.allow_private_addresses()):
        raise Invalid("address", "The address must start with https://, so that nobody on the way can change the text.")
    path = parts.path.rstrip("/")
    if page := _PAGE.fullmatch(path):
        path = f"{page['before']}/guidelines/{page['slug'].lower()}{page['version'] or ''}.json"
    elif not _FILE.fullmatch(path):
        raise Invalid("address", "This is not the address of guidelines: it should end like /guidelines/town.")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _our_text(session: Session, office_id: str, taken: Taken) -> str:
    """The text as it came where it is our own already, or else written anew with our details."""
    ours = session.get_one(tables.Office, office_id)
    version = publishing.current(session, office_id)
    published = publishing.read(version) if version else None
    office = published.office if published else Office(ours.name)
    if taken.guidelines.office == office or (taken.guidelines.office.name == ours.name and not taken.foreign):
        return taken.text
    channels = published.scope.channels if published else ()
    scope = replace(taken.guidelines.scope, channels=channels)
    return to_yaml(replace(taken.guidelines, office=office, scope=scope))
