"""CONTRIBUTING.md speaks of this tree: the places, targets and fixtures it names are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", GUIDE)))
PLACES = [quoted for quoted in QUOTED if "/" in quoted and "<" not in quoted] + ["CHANGELOG.md", "constraints.txt"]
TARGETS = [quoted.split()[1] for quoted in QUOTED if re.fullmatch(r"make \w+.*", quoted)]
FIXTURES = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| `[^/|]*\|", GUIDE, re.MULTILINE)))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_named_in_the_guide_exists(place: str) -> None:
    assert (ROOT / place).exists()


@pytest.mark.parametrize("target", TARGETS)
def test_a_make_target_named_in_the_guide_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("fixture", FIXTURES)
def test_a_fixture_named_in_the_guide_exists(fixture: str) -> None:
    assert f"\ndef {fixture}(" in (ROOT / "tests/conftest.py").read_text(encoding="utf-8")
