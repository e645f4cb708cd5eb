"""Street addresses: a house number and a street, however a country writes them, and boxes of the post.

A street without a house, a town and a public building are nobody's address.
"""

import re
from collections.abc import Iterator

from classifiers.personal_data.kinds import Found, Kind

#: A house: 12, 12b, 12-14, 2/1
_HOUSE = r"\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
_WORD = r"[^\W\d_][\w'.’&-]{0,30}+"

#: Words that end the name of a street, and of nothing else that people number.
_SURE = (
    "street|road|avenue|lane|close|crescent|drive|gardens|terrace|grove|mews|rd|ave|ln|cres|gdns|terr|parade|"
    "boulevard|blvd|drv|court(?!s)|cottages|heol|ffordd|straße|strasse"
)
#: Words that also end other names.
_UNSURE = (
    "way|place|hill|park|green|row|square|view|walk|rise|yard|mount|vale|wharf|quay|house|st|pl|dr|sq|ct|bank|brae|croft"
    "|mill|brewery|gate|fold"
)
_NUMBERED = re.compile(
    rf"(?<![\w.,/£$€#-])(?P<house>{_HOUSE})(?P<comma>,?)\s{{1,2}}"
    rf"(?P<name>(?:{_WORD},?\s{{1,2}}){{1,4}}?)(?P<type>{_SURE}|{_UNSURE})\b(?!['’]\w)\.?",
    re.IGNORECASE,
)
_WELSH = re.compile(
    rf"(?<![\w.,/£$€#-])(?P<house>{_HOUSE}),?\s{{1,2}}(?:Heol|Ffordd|Stryd|Lôn|Maes|Rhodfa|Clos)\s(?:{_WORD}\s?){{1,3}}"
)
_IN_NAMES = frozenset(["of", "the", "and", "y", "yr", "de", "le", "la", "du", "des"])
#: Between a number and such a word there is no name of a street.
_NOT_NAMES = re.compile(
    r"\b(?:minutes?|miles?|hours?|years?|days?|weeks?|months?|points?|people|million|billion|per|more|other|out|on|in|at"
    r"|to|from|for|down|up|is|are|was|were|or|by|with|this|that|st|nd|th|who|we|they|it"
    r"|homes|schools|shops|mps|votes?|supreme|high court|crown|county|federal|district|appeals?)\s",
    re.IGNORECASE,
)
_AFTER_NO_HOUSE = re.compile(
    r"\s(?:bus(?:es)?|trams?|stop|route|count|demo|protest|scheme|plans?|projects?|programme|by-?election|ward|primary|school"
    r"|academy|hospital|station|surgery|library|community|stadium|club|ministers|candidates?|stood|trust|sites|residents"
    r"|shops|closure|conference|agreement|act)\b",
    re.IGNORECASE,
)
_BEFORE_NO_HOUSE = re.compile(
    r"(?:\b(?:the|bus|route|service|train|tram|junction|saw|counted|take|over|than|about|page|clause|section|rule|lot|only"
    r"|some|all|number|no\.?) |£)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")

#: Says that somebody is to be found there.
_HOME = re.compile(
    r"\b(?:lives?|living|lived|stay(?:s|ing)|hid(?:es?|ing)|moved(?: in)?|address(?:es)?|house|home|flat"
    r"|parents|mum|mother|family|kids|boy"
    r"|girl|sister|brother|tenant|knock|round to|door)\b",
    re.IGNORECASE,
)
_AT = re.compile(r"(?:\bat|@|\bto|\bis|:|\bme,?|\bi'?m|\bnumber)\s{0,2}$", re.IGNORECASE)
_PUBLIC = re.compile(
    r"\b(?:party|hq|headquarters|head office|town hall|city hall|county hall|civic centre|council offices?|library"
    r"|museum|constituency office|parliament|house of (?:commons|lords)|embassy|police station|polling station"
    r"|downing street|campaign office|committee rooms?|whitehall|buckingham palace)\b",
    re.IGNORECASE,
)
_ABOUT = 60

#: A named house on a named street.
_NAMED = re.compile(
    rf"\b(?:The\s)?(?:[A-Z][\w'’-]{{1,20}}\s){{0,2}}(?:Cottage|Lodge|House|Farm|Barn|Villa|Rectory|Vicarage|Manor|Gables|Mill|Court),?\s"
    rf"(?:{_HOUSE}\s)?(?:[A-Z][\w'’-]{{1,20}}\s){{1,3}}(?:Street|Road|Lane|Avenue|Close|Drive|Row|Hill|St|Rd|Ln)\b"
)
_BOX = re.compile(
    r"\bP\.?\s?O\.?\s?Box\s\d{1,6}\b|\b(?:PSC|CMR|Unit)\s\d{1,5},?\s{1,2}Box\s\d{1,5}\b"
    r"|\b(?:[FAD]PO)\s(?:AA|AE|AP)\s\d{5}\b",
    re.IGNORECASE,
)
_INNER = re.compile(r"\b(?:Flat|Apartment|Apt|Suite|Ste|Unit)\.?\s{1,2}#?\d{1,5}[A-Za-z]?\b", re.IGNORECASE)

#: Elsewhere the street comes first, or its kind does, or both are one word.
_ONE_WORD = (
    "strasse|straße|straat|gasse|vej|vegen|veien|vägen|vagen|gatan|gata|laan|plein|allee|katu|singel|kade|dijk|steenweg"
    "|ufer|damm|vegur|stræti|str."
)
_KINDS_BEFORE = (
    "rue|cours|avenue|boulevard|bd|via|viale|corso|piazza|calle|avda|avenida|paseo|plaza|rua|rúa|travessa|estrada|praça|ulica|ul"
    "|trg|largo|camino|carrer|ctra|chemin|allée|quai|λεωφ|place"
)
#: These are no words of English, so that they need no capital.
_LOWER_KINDS = frozenset(["rue", "calle", "viale", "avenida", "ulica", "ul.", "chemin", "allée", "quai", "rua"])
_KINDS_AFTER = "út|útja|utca|u(?=\\.)|tér|tn|mnt|cesta|baan|weg|vej|vei|gata|str"
_SMALL = r"(?:de|du|des|la|le|les|della|delle|di|do|da|dos|das|del|los|las|der|den|of|y|e)\s|[ld]['’]"
_ABROAD = re.compile(
    rf"(?<![\w-])(?:"
    rf"\w{{2,30}}(?:{_ONE_WORD}),?\s{{1,2}}{_HOUSE}"
    rf"|(?:{_HOUSE},?\s{{1,2}})?\b(?:{_KINDS_BEFORE})\.?\s(?:{_SMALL}){{0,2}}(?:{_WORD}\s(?:{_SMALL}){{0,2}}){{0,3}}{_WORD},?\s{_HOUSE}"
    rf"|{_HOUSE},?\s{{1,2}}(?:{_KINDS_BEFORE})\.?\s(?:{_SMALL}){{0,2}}{_WORD}"
    rf"|(?:{_WORD}\s){{1,3}}(?:{_KINDS_AFTER})\.?\s{_HOUSE}\b"
    rf")(?![\w%])",
    re.IGNORECASE,
)

#: After these words comes an address, whatever it looks like.
_TOLD = re.compile(
    r"(?:\baddress(?:es)?(?: (?:is|was|to|with|are)\b|\s{0,2}:|, here they are:|\s(?:of|to) [^.!?\d]{1,50}? is)"
    r"|\blives? at|\bliving at"
    r"|\bstay(?:s|ing) at|\bmoved? (?:in )?to|\boffice is at|\bsend (?:it |one )?to"
    r"|\bdeliver(?:ed)? to|\bmeet(?: me)? at|\bmeet\s[^.!?]{3,50}?(?:,| at))[:\s]{0,12}"
    rf"(?:the corner of\s)?(?P<it>{_HOUSE},?\s{{1,2}}(?:{_WORD},?\s{{0,2}}){{1,5}}(?:\d{{1,4}}\b)?)",
    re.IGNORECASE,
)

#: Tokens of a block: proper names and numbers with nothing between them but commas and line ends.
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_TYPES = frozenset(f"{_SURE}|{_UNSURE}|heol|stryd|lôn|maes|rhodfa|clos".replace("(?!s)", "").split("|"))
_NAMED_WORDS = frozenset(
    ["cottage", "lodge", "house", "farm", "barn", "villa", "rectory", "vicarage", "manor", "gables", "mill", "court"]
)
_BOX_WORDS = frozenset(["box", "apo", "fpo", "dpo"])
_KIND_WORDS = frozenset(f"{_KINDS_BEFORE}|{_KINDS_AFTER}".replace(r"(?=\.)", "").split("|"))
_ENDINGS = (*_ONE_WORD.replace("str.", "str").split("|"),)
_TOLD_WORDS = frozenset(
    [
        "address",
        "addresses",
        "lives",
        "live",
        "living",
        "stays",
        "staying",
        "office",
        "move",
        "moved",
        "send",
        "deliver",
        "delivered",
        "meet",
    ]
)
_INNER_WORDS = frozenset(["flat", "apartment", "apt", "suite", "ste", "unit"])
_TOKEN = re.compile(r"[^\W_][\w'.’-]*")
_CODE = re.compile(r"\b\d{5}\b(?![ -]\d)")
_BETWEEN = re.compile(r"[\s,>?|]{0,8}")


def find(text: str) -> Iterator[Found]:
    """Overlapping ones may come, the surer ones not always first."""
    whispers = text.islower()
    words = frozenset(_LETTERS.findall(text.lower()))
    if not words.isdisjoint(_TYPES):
        yield from _streets(text)
    if not words.isdisjoint(_NAMED_WORDS):
        for hit in _NAMED.finditer(text):
            yield Found(Kind.ADDRESS, *hit.span(), or_public(text, *hit.span(), 0.7))
    if not words.isdisjoint(_BOX_WORDS):
        for hit in _BOX.finditer(text):
            yield Found(Kind.ADDRESS, *hit.span(), or_public(text, *hit.span(), 0.85))
    if not words.isdisjoint(_KIND_WORDS) or any(word.endswith(_ENDINGS) for word in words):
        yield from _abroad(text, whispers)
    if not words.isdisjoint(_TOLD_WORDS):
        yield from _told(text, whispers)
    if not words.isdisjoint(_INNER_WORDS):
        yield from _inner(text, whispers)
    yield from _blocks(text, whispers)


def _streets(text: str) -> Iterator[Found]:
    shouts_or_whispers = text.islower() or text.isupper()
    for hit in _NUMBERED.finditer(text):
        sure = _numbered(text, hit, shouts_or_whispers)
        if sure:
            yield Found(Kind.ADDRESS, *hit.span(), sure)
    for hit in _WELSH.finditer(text):
        yield Found(Kind.ADDRESS, *hit.span(), or_public(text, *hit.span(), 0.8))


def _inner(text: str, whispers: bool) -> Iterator[Found]:
    for hit in _INNER.finditer(text):
        near = text[max(0, hit.start() - _ABOUT) : hit.start()] + " " + text[hit.end() : hit.end() + _ABOUT]
        is_name = hit[0][0].isupper() or whispers
        yield Found(Kind.ADDRESS, *hit.span(), 0.8 if is_name and _DIGIT.search(near) else 0.3)


def _numbered(text: str, hit: re.Match[str], any_case: bool) -> float:
    """How sure a number and a street are somebody's address."""
    before, name = text[max(0, hit.start() - _ABOUT) : hit.start()], hit["name"]
    if len(name.strip(" .,")) < 2:
        return 0.0
    told = _AT.search(before) is not None
    home = _HOME.search(before) is not None
    if _NOT_NAMES.search(name) or _AFTER_NO_HOUSE.match(text, hit.end()):
        return 0.0
    if _BEFORE_NO_HOUSE.search(before) and not (home or told):
        return 0.0
    if _YEAR.fullmatch(hit["house"]) and not (told and home):
        return 0.0
    capital = all(word[0].isupper() or word.strip(",") in _IN_NAMES for word in name.split())
    is_sure = re.fullmatch(_SURE, hit["type"], re.IGNORECASE) is not None
    if not capital and not told and not home:
        return 0.0
    sure = 0.75 if is_sure else 0.6
    if not capital:
        sure -= 0.1 if any_case or told else 0.3
    if not hit["type"][0].isupper() and capital and not any_case:
        sure -= 0.25
    sure += 0.12 * told + 0.1 * home - (0.15 if hit["comma"] and not told else 0)
    return or_public(text, *hit.span(), min(max(sure, 0.0), 0.95))


def or_public(text: str, start: int, end: int, sure: float) -> float:
    """The same, or little where it is a place that belongs to everybody."""
    around = text[max(0, start - _ABOUT) : end + 8]
    places = [place.end() for place in _PUBLIC.finditer(around)]
    return min(sure, 0.15) if places and not _HOME.search(around, places[-1]) else sure


def _abroad(text: str, whispers: bool) -> Iterator[Found]:
    for hit in _ABROAD.finditer(text):
        words = hit[0].lstrip("0123456789,-/ ").split()
        is_name = words[0][0].isupper() or (words[0] in _LOWER_KINDS and any(word[0].isupper() for word in words[1:]))
        if (is_name or whispers) and not _YEAR.fullmatch(words[-1]):
            yield Found(Kind.ADDRESS, *hit.span(), or_public(text, *hit.span(), 0.8))


def _told(text: str, whispers: bool) -> Iterator[Found]:
    for hit in _TOLD.finditer(text):
        words = hit["it"].split()
        if any(word[0].isupper() for word in words[1:]) or whispers:
            yield Found(Kind.ADDRESS, *hit.span("it"), or_public(text, *hit.span(), 0.75))


def _blocks(text: str, whispers: bool) -> Iterator[Found]:
    """A number, names, and in the end a five-digit postcode, as most countries address a letter."""
    for code in _CODE.finditer(text):
        window = text[max(0, code.start() - 90) : code.start()]
        tokens = list(_TOKEN.finditer(window))
        begins, names, after = None, 0, len(window)
        for token in reversed(tokens):
            if not _BETWEEN.fullmatch(window, token.end(), after) or not _is_proper(token[0], whispers):
                break
            after = token.start()
            if token[0][0].isdigit():
                begins = token.start()
            else:
                names += 1
        if begins is not None and names >= 2:
            yield Found(Kind.ADDRESS, code.start() - len(window) + begins, code.end(), 0.8)


def _is_proper(token: str, any_case: bool) -> bool:
    return any_case or not token[0].islower() or token in ("nan", *_IN_NAMES)
