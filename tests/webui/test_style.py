"""The colours of every page, as numbers: they can be read by everybody and are no party's."""

import colorsys
import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parents[2] / "webui" / "static" / "style.css").read_text()

#: What is written on what. 4.5 to 1 for text, 3 to 1 for lines and signs.
TEXT = [
    *((ink, ground) for ink in ("ink", "quiet", "accent", "accent-deep") for ground in ("paper", "sheet", "tint")),
    ("ink", "mark"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("sheet", "ink"),
]
LINES = [("line", "paper"), ("line", "sheet"), ("accent", "mark"), ("accent", "tint")]

#: As charts of elections commonly show them.
PARTIES = {
    "Labour": "#e4003b",
    "Conservative": "#0087dc",
    "Liberal Democrat": "#faa61a",
    "Scottish National": "#fdf38e",
    "Green": "#02a95b",
    "Reform UK": "#12b6cf",
    "Plaid Cymru": "#005b54",
    "Sinn Féin": "#326760",
    "Democratic Unionist": "#d46a4c",
    "Alliance": "#f6cb2f",
    "UKIP": "#6d3177",
}


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", block))


def _schemes() -> dict[str, dict[str, str]]:
    light, dark = SHEET.split("@media (prefers-color-scheme: dark)", 1)
    return {"light": _tokens(light), "dark": _tokens(dark.split("/* ----", 1)[0])}


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    tokens = _schemes()[scheme]
    poor = {(ink, ground) for ink, ground in TEXT if _contrast(tokens[ink], tokens[ground]) < 4.5}
    assert not poor


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_and_signs_stand_out_from_their_ground(scheme: str) -> None:
    tokens = _schemes()[scheme]
    poor = {(line, ground) for line, ground in LINES if _contrast(tokens[line], tokens[ground]) < 3}
    assert not poor


def test_both_schemes_have_the_same_tokens() -> None:
    schemes = _schemes()
    assert schemes["light"].keys() == schemes["dark"].keys()
    assert len(schemes["light"]) == 11


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("party", PARTIES)
def test_the_accent_is_no_party_s_colour(scheme: str, party: str) -> None:
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(_schemes()[scheme]["accent"]))
    theirs = colorsys.rgb_to_hls(*_channels(PARTIES[party]))
    turn = abs(hue - theirs[0])
    apart = (min(turn, 1 - turn) * 360, abs(lightness - theirs[1]) * 100, abs(saturation - theirs[2]) * 100)
    assert apart[0] >= 15 or apart[1] >= 15, f"{apart} from {party}"


def test_no_colour_is_named_outside_the_tokens_and_print() -> None:
    rules = SHEET.split("/* ---- ground ---- */", 1)[1].split("@media print", 1)[0]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rules)
