"""Drafts and stored sets, read once and kept: runs and pages ask for the same few again and again."""

import json
from functools import lru_cache

from guidelines import fingerprint
from guidelines.evaluate import Evaluator
from guidelines.load import load_text
from guidelines.render import from_dict
from guidelines.schema import GuidelineError, GuidelineSet

_KEPT = 32


@lru_cache(maxsize=_KEPT)
def of_run(document: str) -> GuidelineSet:
    """The set that a run holds against comments, from its canonical JSON."""
    return from_dict(json.loads(document))


@lru_cache(maxsize=_KEPT)
def of_draft(document: str) -> GuidelineSet | None:
    """The set that a draft's text says; None where it cannot be read."""
    try:
        return load_text(document)
    except GuidelineError:
        return None


@lru_cache(maxsize=_KEPT)
def sha256_of_draft(document: str) -> str:
    """The hash that the draft would be published under; empty where it cannot be read."""
    found = of_draft(document)
    return fingerprint.sha256(found) if found else ""


@lru_cache(maxsize=_KEPT)
def evaluator(guidelines: GuidelineSet) -> Evaluator:
    """The set made ready to hold many comments against."""
    return Evaluator(guidelines)
