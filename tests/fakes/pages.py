"""Reading pages as a person does."""

import html
import re

_INLINE = re.compile(r"</?(?:a|b|bdi|code|label|mark|strong|time)\b[^>]*>")
_UNSEEN = re.compile(r"<(title|script|style)\b[^>]*>.*?</\1>", re.DOTALL)


def plain(page: str) -> str:
    """What a page says, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", _INLINE.sub("", _UNSEEN.sub(" ", page)))).split())


def link_to(page: str, pattern: str) -> str:
    """The first address on a page, of a link or a form, that matches all of `pattern`."""
    found = re.search(rf'(?:href|action)="({pattern})"', page)
    assert found, f"no address like {pattern} on the page"
    return html.unescape(found[1])


def field(page: str, name: str) -> str:
    """What a hidden field holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name} on the page"
    return html.unescape(found[1])
