"""The verdict on an image's quality in the last sentence of a text: good, usable, reject, or none.

A sentence that repeats the three choices, names two of them, or says only what the image is not,
gives no verdict: none is ever supposed.
"""

import re

from heuresis.tools.medical.medq.synonyms import DENIAL
from heuresis.tools.medical.medq.tiers import Tier

SHORT = 3  # words of a last sentence that is a verdict and nothing else
_WORDS: dict[Tier, str] = {
    "good": r"good|excellent|high",
    "usable": r"usable|acceptable|adequate|fair|moderate|sufficient",
    "reject": r"reject(?:ed|able|ion)?|unusable|poor|unacceptable|inadequate|insufficient|low|"
    r"non-?diagnostic",
}
_ECHO = re.compile(r"good\W+(?:or )?usable\W+(?:or )?reject")  # the question, not an answer
_EXACT = re.compile(
    r"quality\b[^.]{0,60}?\b(?:is|as)\W*(good|usable|reject)(?:ed)?\b"
    r"(?!\W*(?:or |to |and )?(?:good|usable|reject))"
)
_BEFORE = r"((?:\w+ ){0,2})"  # such as "not" or "not very"
_PLACES = (  # where a word of a tier is a verdict on the image; WORDS stands for those words
    rf"quality\b[^.]{{0,40}}?(?:\bis|\bas|:|\bremains|\bappears)\W*{_BEFORE}\b(?:WORDS)\b",
    rf"{_BEFORE}\b(?:WORDS)(?: \w+)?[- ]quality\b",
    rf"\b(?:image|scan|picture|it)\b[^.]{{0,30}}? (?:is|as|be)\W*{_BEFORE}\b(?:WORDS)\b\W*$",
)
_VERDICTS: dict[Tier, tuple[re.Pattern[str], ...]] = {
    tier: tuple(re.compile(place.replace("WORDS", words)) for place in _PLACES)
    for tier, words in _WORDS.items()
}
_DENIED = re.compile(rf"(?<![\w'])(?:{DENIAL})(?![\w'])")
_KNOWN: dict[str, Tier] = {"good": "good", "usable": "usable", "reject": "reject"}


def verdict_in(sentence: str) -> Tier | None:
    """Return the verdict of a lower-case sentence, or None where it names none, or several."""
    if _ECHO.search(sentence):
        return None
    if (exact := _EXACT.search(sentence)) is not None:
        return _KNOWN[exact[1]]
    if len(sentence.split()) <= SHORT:
        sentence = f"quality is {sentence}"
    named = {
        _turned(tier, match[1])
        for tier, patterns in _VERDICTS.items()
        for pattern in patterns
        for match in pattern.finditer(sentence)
    }
    return named.pop() if len(named) == 1 else None


def _turned(tier: Tier, before: str) -> Tier | None:
    """Turn a denied verdict round: what is not usable is rejected, what is not good is open."""
    if not _DENIED.search(before):
        return tier
    return "reject" if tier == "usable" else None
