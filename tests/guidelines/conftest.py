"""Small guideline sets, made of one rule and whatever the test is about."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guidelines.schema import Appeal, GuidelineSet, LabelCondition, Modality, Office, Rule, RuleAction

MakeRule = Callable[..., Rule]
MakeSet = Callable[..., GuidelineSet]

FINGERPRINTS = Path(__file__).parent.parent / "golden" / "fingerprints"
#: A document with every key of the language.
EVERY_KEY = (FINGERPRINTS / "every-key.yaml").read_text(encoding="utf-8")
#: A whole set from before the language had conditions on facts.
OLD_FORUM = (FINGERPRINTS / "open-forum.yaml").read_text(encoding="utf-8")


@pytest.fixture
def a_rule() -> MakeRule:
    """A sound rule about threats; keywords replace its fields."""

    def make(**fields: Any) -> Rule:
        sound: dict[str, Any] = {
            "id": "2d",
            "title": "Threats",
            "text": "Threaten nobody.",
            "condition": LabelCondition("threat"),
            "actions": (RuleAction("hide", Modality.MUST),),
            "fine_examples": ("Resign!",),
        }
        return Rule(**{**sound, **fields})

    return make


@pytest.fixture
def a_set() -> MakeSet:
    """A sound set of the given rules; keywords replace its other fields."""

    def make(*rules: Rule, **fields: Any) -> GuidelineSet:
        sound: dict[str, Any] = {
            "name": "town",
            "title": "Our rules",
            "language": "en",
            "office": Office("Our office", contact="office@town.example"),
            "preamble": "Be kind.",
            "principles": (),
            "rules": rules,
            "appeal": Appeal("Write to us."),
        }
        return GuidelineSet(**{**sound, **fields})

    return make
