"""Names of parties, leaders and constituencies found in a text, and put in one another's place."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from moderator.errors import Invalid


@dataclass(frozen=True, slots=True)
class Name:
    """One party, leader or constituency. `forms` has a place for every form of its kind, empty where it lacks one."""

    kind: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mention:
    """A stretch of text that is a name, in the place `form` of its forms."""

    start: int
    end: int
    name: Name
    form: int


class Names:
    """A list of names made ready to be looked for. A name is seen as it is written, in capitals, and as a hashtag."""

    def __init__(self, names: Sequence[Name]) -> None:
        self._kinds: dict[str, list[Name]] = {}
        self._written: dict[str, tuple[Name, int]] = {}
        for name in names:
            self._kinds.setdefault(name.kind, []).append(name)
            for place, form in enumerate(name.forms):
                for written in filter(None, (form, form.upper(), _tag(form))):
                    self._written.setdefault(written, (name, place))
        longest_first = sorted(self._written, key=len, reverse=True)
        # A hashtag is matched with its sign, whatever its capitals.
        parts = [f"(?i:{re.escape(w)})" if w.startswith("#") else re.escape(w) for w in longest_first]
        self._pattern = re.compile(rf"(?<![\w#@])(?:{'|'.join(parts)})(?!\w)")
        self._tags = {w.lower(): found for w, found in self._written.items() if w.startswith("#")}

    def __contains__(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    def swapped(self, text: str, generator: random.Random) -> str | None:
        """The text with every name replaced by another of its kind, the same by the same all through.

        None where some name has no other to stand in for it.
        """
        mentions = list(self._mentions(text))
        chosen = self._stand_ins(mentions, generator)
        if chosen is None:
            return None
        parts, done = [], 0
        for mention in mentions:
            was, now = mention.name.forms[mention.form], chosen[mention.name].forms[mention.form]
            parts += [text[done : mention.start], _as_written(text[mention.start : mention.end], was, now)]
            done = mention.end
        return "".join([*parts, text[done:]])

    def _mentions(self, text: str) -> Iterator[_Mention]:
        for match in self._pattern.finditer(text):
            written = match[0]
            name, form = self._tags[written.lower()] if written.startswith("#") else self._written[written]
            yield _Mention(*match.span(), name, form)

    def _stand_ins(self, mentions: Sequence[_Mention], generator: random.Random) -> Mapping[Name, Name] | None:
        needed: dict[Name, set[int]] = {}
        for mention in mentions:
            needed.setdefault(mention.name, set()).add(mention.form)
        taken = set(needed)
        chosen: dict[Name, Name] = {}
        for name, forms in needed.items():
            others = [o for o in self._kinds[name.kind] if o not in taken and all(o.forms[form] for form in forms)]
            if not others:
                return None
            chosen[name] = generator.choice(others)
            taken.add(chosen[name])
        return chosen


def bundled() -> Names:
    """Parties, leaders and constituencies of the United Kingdom, the United States, Canada and Ireland."""
    text = (resources.files("moderator.evaluation") / "names.yaml").read_text(encoding="utf-8")
    return Names(_names(text, "names.yaml"))


def load(path: Path) -> Names:
    """Names from a file that looks like `names.yaml`. Raises `Invalid`, and `OSError` for no such file."""
    return Names(_names(path.read_text(encoding="utf-8", errors="replace"), path.name))


def _names(text: str, source: str) -> list[Name]:
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise Invalid("--names", f"{source} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict) or not document:
        raise _wrong(source, "the document", "write kinds of names, such as 'parties: [Labour, Reform UK]'")
    names = [name for kind, value in document.items() for name in _kind(str(kind), value, source)]
    seen: dict[str, Name] = {}
    for name in names:
        for form in filter(None, name.forms):
            if form in seen:
                raise _wrong(source, name.kind, f"{form!r} is there twice; one of the two has to go")
            seen[form] = name
    return names


def _kind(kind: str, value: Any, source: str) -> list[Name]:
    forms = 1
    if isinstance(value, dict) and "forms" in value:
        listed = value.get("names")
        if not isinstance(value["forms"], list) or set(value) != {"forms", "names"}:
            raise _wrong(source, kind, "write 'forms', a list, and 'names', and nothing else")
        forms, value = len(value["forms"]), listed
    lists = list(value.values()) if isinstance(value, dict) else [value]
    if not lists or not all(isinstance(names, list) for names in lists):
        raise _wrong(source, kind, "write a list of names, or one list for each country")
    names = [Name(kind, _forms(name, forms, kind, source)) for part in lists for name in part]
    if len(names) < 2:
        raise _wrong(source, kind, "a kind needs two names at least: one cannot stand in for itself")
    return names


def _forms(name: Any, forms: int, kind: str, source: str) -> tuple[str, ...]:
    listed = name if isinstance(name, list) else [name] + [None] * (forms - 1)
    if len(listed) != forms or not all(form is None or isinstance(form, str) for form in listed) or not any(listed):
        what = "a name" if forms == 1 else f"a list of {forms} forms"
        raise _wrong(source, kind, f"{name!r} is not {what}; put it into quotes if it looks like something else")
    return tuple(form or "" for form in listed)


def _wrong(source: str, where: str, mend: str) -> Invalid:
    return Invalid("--names", f"{source}, {where}: {mend}")


def _tag(form: str) -> str:
    """Names of several words are written as one in a hashtag; a single word is one already."""
    return "#" + re.sub(r"\W", "", form) if form else ""


def _as_written(found: str, was: str, now: str) -> str:
    """The new name as the old one was written: a hashtag, in capitals, or plainly."""
    if found.startswith("#"):
        was, now = _tag(was), _tag(now)
    return now.upper() if found == was.upper() and found != was else now
