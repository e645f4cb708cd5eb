"""`guidelines presets` and `guidelines show`: the sets that come with the product, to start from."""

import click

from guidelines.load import load_preset, preset_about, preset_names, preset_text
from guidelines.render import to_dict
from moderator.cli.start import json_option, show


@click.command("presets", epilog="Example: moderator guidelines presets")
@json_option
def presets(as_json: bool) -> None:
    """List the sets that come with the product."""
    rows = [
        {"name": name, "about": preset_about(name), "rules": len(load_preset(name).rules)} for name in preset_names()
    ]
    show(rows, as_json, "\n".join(f"{row['name']:20} {row['about']}" for row in rows))


@click.command("show", epilog="Example: moderator guidelines show open-forum > house-rules.yaml")
@click.argument("preset", type=click.Choice(preset_names()), metavar="PRESET")
@json_option
def show_preset(preset: str, as_json: bool) -> None:
    """Print a preset as YAML, with its comments: a copy to change, check and publish."""
    show(to_dict(load_preset(preset)), as_json, preset_text(preset).rstrip("\n"))
