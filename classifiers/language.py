"""Which language a comment is in, told by its letters on this machine; unsure is an honest answer.

Most comments of an English page are English, and their common words say so at the cost of a look at each word. Only
where these are missing is the detector asked (py3langid: naive Bayes over byte n-grams, 97 languages).
"""

import re
import threading
from functools import cache
from typing import Protocol

from classifiers.text import HANDLE, LINK

ENGLISH = "en"
#: Creole and Scots as the detector names them: near enough to be read.
_AS_ENGLISH = {"en", "pcm", "sco"}
#: What the detector calls letters without a meaning.
_NO_LANGUAGE = "zxx"
#: Fewer letters than this decide nothing; below this probability neither does the detector.
SHORTEST, SURE = 12, 0.5
#: This share of plainly English words is enough not to ask further.
PLAINLY = 0.15

# Words that are common in English and are no words, or rare ones, of its neighbours.
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_COMMON = frozenset(
    _WORD.findall(
        "the and you that not this what your have with they my just know get from who about how there their "
        "them would will when why don't it's i'm you're which than these those our should could because "
        "people think want need right going make really never even only say said does did any some back after "
        "too much many most other into its doesn't didn't can't won't isn't that's every nothing something "
        "she he his been were shit fuck fucking lol thanks thank please great love people his him where again "
        "always anyone being both each ever everyone few give got keep let more must off own someone still "
        "such sure take tell their things through time until using way well while world yes"
    )
)
_MASKS = re.compile(f"{re.escape(HANDLE)}|{re.escape(LINK)}")
_READ = 600


class _Detector(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


def language_of(plain: str) -> str:
    """ISO 639-1 code of a normalised text, or "" where it is too short or too unlike any to say."""
    letters = _MASKS.sub(" ", plain[:_READ])
    words = _WORD.findall(letters)
    if words and sum(word in _COMMON for word in words) >= PLAINLY * len(words):
        return ENGLISH
    if sum(map(len, words)) < SHORTEST:
        return ""
    with _lock:
        code, probability = _detector().classify(" ".join(words))
    if probability < SURE or code == _NO_LANGUAGE:
        return ""
    return ENGLISH if code in _AS_ENGLISH else str(code)


_lock = threading.Lock()


@cache
def _detector() -> _Detector:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # a second to load, and seldom needed

    made: _Detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return made
