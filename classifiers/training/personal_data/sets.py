"""Texts with the kinds of personal data that are in them, in two halves: one chose what the patterns are, one judges.

Public synthetic texts fall into a half by their template, our own items one by one.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from classifiers.training import Lack

ITEMS = Path(__file__).with_name("items.jsonl")

#: microsoft/presidio-research, data/generated_large.json (MIT)
PUBLIC = Path("presidio_pii_synth") / "generated_large.json.gz"
_SHA256 = "b84d6553a3fc27a5c664a1c2f95be15291ea16b83501e109d411fe237e380e26"

#: what the public set calls them → what its figures are told by
_PUBLIC_KINDS = {
    "PHONE_NUMBER": "telephone",
    "ADDRESS": "address",
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "number",
    "IBAN_CODE": "number",
    "US_SSN": "number",
    "US_DRIVER_LICENSE": "number",
}
#: They speak of a street as such ("on this street", "enter on … St."): nobody's address, though marked as one.
STREETS_ALONE = frozenset({110, 156})


class Half(StrEnum):
    CHOSE = "chose"
    JUDGES = "judges"


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and the kinds of personal data in it."""

    text: str
    kinds: frozenset[str]
    half: Half


def public(data: Path, *, streets_alone: bool = False) -> list[Marked]:
    """The synthetic texts; those about a street as such only where they are asked for. Raises `Lack`."""
    path = data / PUBLIC
    if not path.is_file():
        raise Lack(f"{path} is missing; classifiers/training/personal_data/sets.py names its source")
    content = gzip.decompress(path.read_bytes())
    found = hashlib.sha256(content).hexdigest()
    if found != _SHA256:
        raise Lack(f"{path} is not the file it should be: sha256 {found}, expected {_SHA256}")
    return list(_public(content, streets_alone))


def own(path: Path = ITEMS) -> list[Marked]:
    """Our own items, written by hand for British pages."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Marked(line["text"], frozenset(line["is"]), _half(line["text"])) for line in lines]


def _public(content: bytes, streets_alone: bool) -> Iterator[Marked]:
    for row in json.loads(content):
        if row["template_id"] in STREETS_ALONE and not streets_alone:
            continue
        marks = {span["entity_type"] for span in row["spans"]}
        kinds = frozenset(_PUBLIC_KINDS[mark] for mark in marks & _PUBLIC_KINDS.keys())
        yield Marked(row["full_text"], kinds, _half(f"presidio:{row['template_id']}"))


def _half(pattern: str) -> Half:
    return Half.JUDGES if hashlib.sha256(pattern.encode()).digest()[0] % 2 else Half.CHOSE
