# ruff: noqa: RUF001  # dashes and quotes as people type them
"""The number gate: finds every numeral of an answer that no run, no name and no user stands for.

Deterministic, and the same whoever wrote the answer, a language model or rules.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from heuresis.agent.numbers.citations import citations_in
from heuresis.agent.numbers.labels import labels_in
from heuresis.agent.numbers.layout import layout_in
from heuresis.agent.numbers.lexicon import THINGS, UNITS
from heuresis.agent.numbers.names import kind_of_name
from heuresis.agent.numbers.quoting import DIGIT, NUMERAL, Said, is_quoted, said_in
from heuresis.agent.numbers.reading import FILLED, GONE, Reading, read
from heuresis.agent.numbers.references import Place, parse
from heuresis.agent.numbers.verdict import (
    MEANING,
    Excuse,
    Excused,
    Flag,
    Flaw,
    Mode,
    Verdict,
    judge,
)
from heuresis.agent.numbers.words import joined, words_in

_CHUNK = re.compile(rf"[^\s{FILLED}{GONE}]+")
_CUTS = tuple(re.compile(cut) for cut in (r"[;/|–—]", r",|:(?=\D)", r"[-=()\[\]'’+:&<>\"“”]"))
_ROMAN = re.compile(
    rf"(?<![\w(-])(?=[LXVI])((?:XL|L?X{{0,3}})(?:IX|IV|V?I{{0,3}}))(?![A-Za-z])"
    rf"(?=\s?-?(?:{UNITS}|{THINGS}))"
    rf"|(?<![\w(-])(?=[ivx]{{2}})(x{{0,3}}(?:ix|iv|v?i{{0,3}}))(?=\s(?:{UNITS}|{THINGS}))"
    r"|(?:\b(?:is|was|are|were|about|roughly|approximately|equals|of)\s+|[=≈~<>]\s?)([IVX]{2,})(?![\w(-])"
)
_ALTERED = re.compile(
    rf"(?:(?<=[\s(=≈~<>\n])|\A)[-+±]{FILLED}"
    rf"|\b(?:minus|negative|plus)\s+{FILLED}"
    rf"|\d{FILLED}|(?<!\S)[.,]{FILLED}"
    rf"|{FILLED}[ -](?:fold|squared|cubed)\b"
    rf"|{FILLED}(?:\s?(?:{UNITS})|[^\W\d_]\w*|[eE][-+]?|\s?(?:×|\*)\s?(?=10)|[.,]?{FILLED})"
)


def gate(
    text: str,
    *,
    mode: Mode = Mode.STRICT,
    said: Sequence[str] = (),
    names: Collection[str] = (),
    filled: Sequence[Place] | None = None,
) -> Verdict:
    """Judge an answer.

    Args:
        text: A draft with references, or a rendered answer.
        mode: Whether flags refuse the answer, or are shown in it.
        said: The user's own messages, which may be quoted.
        names: Names with digits that the session knows, such as of files, tools and end points.
        filled: Where a rendered answer was filled, in order; references count as unfilled then.
            None for a draft.
    """
    flags, masked = _braces(text, filled)
    reading = read(text, masked)
    excused = _excuses(reading.text, names)
    rest = _without(reading.text, excused)
    spoken = _spoken(tuple(said))
    found = [*_numerals(rest), *_in_words(rest, excused)]
    for start, end, flaw in found:
        if flaw != Flaw.ALTERED and is_quoted(reading.text, start, end, spoken):
            excused.append(Excused(start=start, end=end, excuse=Excuse.QUOTED))
        else:
            flags.append(_flag(reading, start, end, flaw))
    flags += _hidden(reading, names)
    return judge(text, flags, [_placed(reading, one) for one in excused], mode)


def _braces(text: str, filled: Sequence[Place] | None) -> tuple[list[Flag], list[tuple[int, int]]]:
    """Flag what stands in braces and is no reference, and list all that must not be read."""
    spans = [(one.start, one.end) for one in filled or ()]
    parsed = parse(text)
    wrong: list[tuple[Place, str]] = [(one, one.reason) for one in parsed.mistakes]
    if filled is not None:
        wrong += [(one, "a reference that was not filled") for one in parsed.references]
    else:
        spans = [(one.start, one.end) for one in parsed.references]
    inside = [
        one for one in wrong if not any(a < one[0].end and one[0].start < b for a, b in spans)
    ]
    flags = [
        Flag(start=one.start, end=one.end, text=text[one.start : one.end], flaw=Flaw.MALFORMED,
             reason=reason)
        for one, reason in inside
    ]  # fmt: skip
    return flags, sorted([*spans, *((one.start, one.end) for one, _ in inside)])


def _excuses(text: str, names: Collection[str]) -> list[Excused]:
    """List what may stand as a name or for its place, by its place in the text as read."""
    has_digits = DIGIT.search(text) is not None
    found = [*layout_in(text), *citations_in(text), *labels_in(text)] if has_digits else []
    for match in _known(frozenset(names)).finditer(text) if names else ():
        found.append(Excused(start=match.start(), end=match.end(), excuse=Excuse.NAME))
    rest = _without(text, found) if has_digits else ""
    for match in _CHUNK.finditer(rest):
        if DIGIT.search(match[0]):
            found += _names_in(rest, match.start(), match.end())
    return found


def _names_in(text: str, start: int, end: int, level: int = 0) -> Iterator[Excused]:
    """Find names in a piece without blanks: the whole of it, or parts of it."""
    a, b = _trimmed(text, start, end)
    if not DIGIT.search(text, a, b):
        return
    if excuse := kind_of_name(text[a:b], _before(text, start), _after(text, end)):
        yield Excused(start=a, end=b, excuse=excuse)
        return
    if text[a] in "([{" and text[b - 1] in ")]}":
        yield from _names_in(text, a + 1, b - 1, level)
        return
    if level < len(_CUTS):
        at = a
        for cut in _CUTS[level].finditer(text, a, b):
            yield from _names_in(text, at, cut.start(), level + 1)
            at = cut.end()
        if at > a:
            yield from _names_in(text, at, b, level + 1)
        else:
            yield from _names_in(text, a, b, level + 1)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out punctuation around a piece, and brackets that have no partner inside."""
    while start < end:
        piece = text[start:end]
        if piece[-1] in ".,;:!?\"'”’…|" or (piece[-1] in ")]}>" and _lacks(piece, -1)):
            end -= 1
        elif piece[0] in "\"'“‘|#~<>≈≤≥=" or (piece[0] in "([{" and _lacks(piece, 0)):
            start += 1
        else:
            break
    return start, end


def _lacks(piece: str, at: int) -> bool:
    """Whether the bracket at one end of a piece has no partner in it."""
    pair = next((pair for pair in ("()", "[]", "{}", "<>") if piece[at] in pair), "")
    return not pair or piece.count(pair[0]) != piece.count(pair[1])


def _before(text: str, at: int) -> str:
    words = text[max(0, at - 30) : at].split()
    return words[-1].strip("(,") if words else ""


def _after(text: str, at: int) -> str:
    words = text[at : at + 30].split()
    return words[0].strip("),.;") if words else ""


@lru_cache(maxsize=64)
def _known(names: frozenset[str]) -> re.Pattern[str]:
    """Find names exactly; those that are numerals with or without a unit are none."""
    number = re.compile(rf"{NUMERAL.pattern}\s*(?:{UNITS}|{THINGS})?", re.IGNORECASE)
    usable = [n for n in names if re.search(r"[^\W\d_]", n) and not number.fullmatch(n.strip())]
    shown = {read(n).text.strip() for n in usable} - {""}
    longest = sorted(shown, key=lambda name: (-len(name), name))
    spelled = (re.escape(name).replace("_", "_?") for name in longest)  # markup may take it away
    return re.compile(rf"(?<![\w.])(?:{'|'.join(spelled) or '(?!)'})(?!\w)")


def _without(text: str, excused: Iterable[Excused]) -> str:
    parts, at = [], 0
    for one in sorted(excused, key=lambda one: one.start):
        if one.end > at:
            begin = max(at, one.start)
            parts += [text[at:begin], GONE * (one.end - begin)]
            at = one.end
    return "".join([*parts, text[at:]])


def _numerals(rest: str) -> Iterator[tuple[int, int, Flaw]]:
    """Find digits, Roman numerals, and what alters a reference."""
    for match in _ALTERED.finditer(rest):
        yield match.start(), match.end(), Flaw.ALTERED
    for match in NUMERAL.finditer(rest):
        yield match.start(), match.end(), Flaw.DIGITS
    for match in _ROMAN.finditer(rest):
        if group := next((i for i in (1, 2, 3) if match[i]), 0):
            yield match.start(group), match.end(group), Flaw.ROMAN


def _in_words(rest: str, excused: list[Excused]) -> Iterator[tuple[int, int, Flaw]]:
    """Find numerals in words; those that may stand are added to the excused."""
    free = []
    for one in words_in(rest):
        if one.excuse is None:
            free.append((one.start, one.end))
        else:
            excused.append(Excused(start=one.start, end=one.end, excuse=one.excuse))
    yield from ((start, end, Flaw.WORD) for start, end in joined(rest, free))


@lru_cache(maxsize=64)
def _spoken(said: tuple[str, ...]) -> frozenset[Said]:
    """Collect the numerals of the user's messages, read as answers are."""
    found: set[Said] = set()
    for message in said:
        text = read(message).text
        digits = [match.span() for match in NUMERAL.finditer(text)]
        found |= said_in(text, [*digits, *joined(text, [(w.start, w.end) for w in words_in(text)])])
    return frozenset(found)


def _hidden(reading: Reading, names: Collection[str]) -> Iterator[Flag]:
    """Flag addresses, attributes and comments that hold a free numeral."""
    for one in reading.hidden:
        inner = read(one.text)
        rest = _without(inner.text, _excuses(inner.text, names))
        if DIGIT.search(rest) or any(word.excuse is None for word in words_in(rest)):
            yield Flag(start=one.start, end=one.end, text=one.text, flaw=Flaw.HIDDEN,
                       reason=MEANING[Flaw.HIDDEN])  # fmt: skip


def _flag(reading: Reading, start: int, end: int, flaw: Flaw) -> Flag:
    a, b = reading.source(start, end)
    text = reading.text[start:end].replace(FILLED, "{{…}}")
    return Flag(start=a, end=b, text=text, flaw=flaw, reason=MEANING[flaw])


def _placed(reading: Reading, one: Excused) -> Excused:
    start, end = reading.source(one.start, one.end)
    return one.model_copy(update={"start": start, "end": end})
