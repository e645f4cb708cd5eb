"""One set, one name: the sha256 of its canonical form. Published versions are known by it."""

import hashlib
import json

from guidelines.render import to_dict
from guidelines.schema import GuidelineSet


def canonical(guidelines: GuidelineSet) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8: equal sets give equal bytes, on any machine."""
    plain = to_dict(guidelines)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("utf-8")


def sha256(guidelines: GuidelineSet) -> str:
    """Hexadecimal, of `canonical`."""
    return hashlib.sha256(canonical(guidelines)).hexdigest()
