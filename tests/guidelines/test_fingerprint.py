"""A published version is known by its hash, so the hash of a document must never change with the program."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from guidelines.fingerprint import canonical, sha256
from guidelines.load import load_text
from guidelines.schema import Appeal, GuidelineSet, Office, Thresholds
from tests.guidelines.conftest import EVERY_KEY, OLD_FORUM, MakeRule, MakeSet

DOCUMENT = """\
name: town
title: Our rules – Ein rheolau
language: en
office: {name: Our office}
preamble: Be kind.
rules:
  - id: 2d
    title: Threats
    text: Threaten nobody.
    condition: {all: [{label: threat, review: 0.5, automatic: never}, {not: {label: help_request}}]}
    actions: [{verb: hide, modality: must}]
"""
CANONICAL = (
    '{"language":"en","name":"town","office":{"name":"Our office"},"preamble":"Be kind.","rules":[{"actions":'
    '[{"modality":"must","verb":"hide"}],"condition":{"all":[{"automatic":"never","label":"threat","review":0.5},'
    '{"not":{"label":"help_request"}}]},"id":"2d","mode":"suggest","notice":"after","review_within_hours":24,'
    '"severity":3,"text":"Threaten nobody.","thresholds":{"automatic":0.9,"review":0.5},"title":"Threats",'
    '"viewpoint_risk":"low"}],"title":"Our rules – Ein rheolau"}'
)
SHA256 = "f204dd012360384cfbfceaeacb59eccf3bc3f9aa909439987d73ec189d700088"


def test_the_fingerprint_of_a_document_is_what_it_always_was() -> None:
    guidelines = load_text(DOCUMENT)
    assert canonical(guidelines).decode() == CANONICAL
    assert sha256(guidelines) == SHA256


@pytest.mark.parametrize(
    ("document", "known"),
    [
        (OLD_FORUM, "91bcb96d269a5a12f69262170466f8e6983e93f7027de10a83ff6ecf1dd6d137"),
        (EVERY_KEY, "dceed1aa22456db2b693e6504b3a617c2ff1971877a8adf59dbcf3925d445668"),
    ],
    ids=["from before conditions on facts", "every key"],
)
def test_a_published_set_keeps_its_fingerprint_as_the_language_grows(document: str, known: str) -> None:
    assert sha256(load_text(document)) == known


def test_another_process_with_other_hash_seeds_gives_the_same_fingerprint() -> None:
    program = "import sys; from guidelines import fingerprint as f, load; print(f.sha256(load.load_text(sys.argv[1])))"
    answer = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program, DOCUMENT],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == SHA256


def test_neither_layout_nor_the_order_of_keys_counts() -> None:
    head, rules = DOCUMENT.split("rules:\n")
    turned = "rules:\n" + rules + "# A comment.\n" + "".join(reversed(head.splitlines(keepends=True)))
    assert sha256(load_text(turned)) == SHA256


def test_equal_numbers_are_equal_however_they_are_written(a_rule: MakeRule, a_set: MakeSet) -> None:
    whole = a_set(a_rule(review_within_hours=24, thresholds=Thresholds(0, 1)))
    broken = a_set(a_rule(review_within_hours=24.0, thresholds=Thresholds(0.0, 1.0)))
    assert canonical(whole) == canonical(broken)


def test_every_field_counts(a_rule: MakeRule, a_set: MakeSet) -> None:
    plain = a_set(a_rule())
    changed: list[GuidelineSet] = [
        replace(plain, appeal=Appeal("Ring us.")),
        replace(plain, office=Office("Our office", contact="another@town.example")),
        a_set(a_rule(severity=1)),
        a_set(a_rule(fine_examples=("Resign today!",))),
        a_set(a_rule(condition=None)),
    ]
    assert len({sha256(guidelines) for guidelines in [plain, *changed]}) == len(changed) + 1
