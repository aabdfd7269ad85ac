"""Numerals of an answer that no run, card, reason or word of the person explains.

A second opinion on the gate of numbers: it shares no code with it and trusts none of its excuses.
What the answer marks as filled from the ledger is looked up there and compared.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from heuresis.evals.assistant.told import Filled, Told, number_at, part_at, strings_in
from heuresis.tools import registry

_NUMERAL = re.compile(r"\d+(?:[.,]\d+)*(?:[eE][-+\N{MINUS SIGN}]?\d+)?")
_ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")
_DIGEST = re.compile(r"sha256:[0-9a-f]+")
_PLACES = re.compile(r"\bfile-\d+\b")
_MARK = re.compile("⟨unsourced: ([^⟩]*)⟩")  # the gate's own; counted apart
_PLACE_IN_LIST = re.compile(r"(?<=[a-z])\[\d+\]")  # of a path, such as 'modes[2]'
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_POWER = re.compile("\N{MULTIPLICATION SIGN} 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
MAX_CHARS = 4_000  # of one text; structures and drawings are longer, and no answer holds them
RELATIVE = 0.06  # two digits and more are shown, so a rounded number is nearer than this


def invented(told: Told) -> list[str]:
    """Return the numerals of the last answer that nothing explains, and fills that are wrong."""
    text = told.text
    for fill in told.fills:
        text = text[: fill.start] + " " * (fill.end - fill.start) + text[fill.end :]
    text = _PLACE_IN_LIST.sub("", text)
    text = _MARK.sub(lambda found: found[1], text)
    for pattern in (_ULID, _DIGEST, _PLACES):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    for known in sorted({one for one in _known(told) if one in text}, key=len, reverse=True):
        text = re.sub(rf"(?<!\d){re.escape(known)}(?!\d)", " " * len(known), text)
    said = set(_NUMERAL.findall(told.words))
    free = [one for one in _NUMERAL.findall(text) if one not in said]
    return [*free, *_wrong(told)]


def _known(told: Told) -> Iterator[str]:
    """Yield texts with digits that may stand in an answer as they are."""
    texts: list[str] = [*told.recorded]
    for run in told.runs:
        texts += [*strings_in(run.request), *strings_in(run.response), run.reason, run.tool]
        if run.response:
            texts += _keys(run.response)
    for card in _cards():
        texts += strings_in(card)
    for text in texts:
        for part in _parts(text[:MAX_CHARS]):
            if _NUMERAL.search(part) and not _NUMERAL.fullmatch(part.strip("-+ ")):
                yield part
        if _VERSION.fullmatch(text):
            yield text


def _parts(text: str) -> Iterable[str]:
    """Return a text, its sentences and its words of letters and digits."""
    sentences = re.split(r"(?<=[.;:!?])\s+|\n", text)
    words = (word.strip("()[]{},;:.'\"") for word in text.split())
    return [text, *sentences, *(word for word in words if re.search(r"[A-Za-z]", word))]


def _keys(value: Any) -> list[str]:
    if isinstance(value, dict):
        said = [key.replace("_", " ") for key in value]  # as answers tell a field's name
        return [*value, *said, *(key for part in value.values() for key in _keys(part))]
    return [key for part in value for key in _keys(part)] if isinstance(value, list) else []


def _cards() -> Iterator[Any]:
    for tool in registry.load_all():
        yield tool.card.model_dump(mode="json")
        yield [one.description or "" for one in tool.request.model_fields.values()]
        yield [one.description or "" for one in tool.response.model_fields.values()]


def _wrong(told: Told) -> Iterator[str]:
    """Yield fills whose text is not the ledger's number; those in another unit are not compared."""
    for fill in told.fills:
        shown = told.text[fill.start : fill.end]
        run = told.run(fill.run_id)
        if fill.kind == "number" and (run is None or not _agrees(shown, fill, run.response)):
            yield f"{shown} for {fill.path}"


def _agrees(shown: str, fill: Filled, response: dict[str, Any] | None) -> bool:
    value = number_at(response, fill.path)
    found = _NUMERAL.search(shown.replace("\N{MINUS SIGN}", "-"))
    if value is None or found is None:
        return False
    if not _is_own_unit(shown, fill, response):
        return True
    power = _POWER.search(shown)
    scale = 10.0 ** int(power[1].translate(_LOWERED)) if power else 1.0
    off = abs(abs(value) / scale - float(found[0].replace(",", "")))
    return off <= max(RELATIVE * abs(value) / scale, _last_place(found[0], shown))


def _is_own_unit(shown: str, fill: Filled, response: dict[str, Any] | None) -> bool:
    part = part_at(response, fill.path)
    unit = str(part.get("unit", "1")) if isinstance(part, dict) else "1"
    whole = rf"(?<![^\W\d_]){re.escape(unit.replace('^', ''))}"  # 'meV' is not 'eV'
    return unit == "1" or re.search(whole, shown.replace("^", "")) is not None


def _last_place(numeral: str, shown: str) -> float:
    """Return half of the last place shown, and the uncertainty, which decides the digits."""
    mantissa = numeral.lower().partition("e")[0]
    decimals = len(mantissa.partition(".")[2])
    after = re.search(r"±\s*(\d+(?:\.\d+)?)", shown)
    return max(0.51 * 10.0**-decimals, float(after[1]) if after else 0.0)
