"""Names of molecules: common ones from a shipped table, systematic ones through OPSIN."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from heuresis.agent.understanding.entities import Entity
from heuresis.agent.understanding.known_names import SHORT, Known, known_names
from heuresis.agent.understanding.places import apart
from heuresis.agent.understanding.smiles_runs import smiles_form
from heuresis.agent.understanding.systematic import Candidate, candidates
from heuresis.agent.understanding.typing_errors import Speller, corrected
from heuresis.agent.understanding.vocabulary.reading import english, named_molecules
from heuresis.agent.understanding.words import Phrases, Word, fold, words_of
from heuresis.errors import ServiceError

LEAST_LETTERS = 4  # of a word that is tried as a name
MOST_ASKED = 1_000  # stretches of one message; each takes a millisecond
Reader = Callable[[Iterable[str]], Mapping[str, str | None]]
_TRIVIAL = re.compile(
    r"(?:[aeiou]n|[aio]ne|in|ine|ane|ene|ol|ole|ide|ate|ose|il|am|yl|um|ib|ab)e?$"
)
_IC = re.compile(r"(?i)\b[a-z][a-z0-9,-]*ic\b")
_ACIDS = re.compile(
    rf"(?i){_IC.pattern[4:]}(?:\s*(?:,\s*(?:and|or)?|/|&|\+|\b(?:and|or|vs\.?|versus|with|to|than))\s*"
    rf"(?P<last>{_IC.pattern[4:]}))+\s+(?P<noun>acids?)\b"
)
_DRUG = re.compile(
    r"(?:prazole|statin|olol|pril|sartan|mab|[tl]inib|afil|cillin|mycin|floxacin|azepam|azolam|"
    r"profen|caine|triptan|vir|gliptin|gliflozin|oxetine|setron|dipine|fibrate|thiazide|semide|"
    r"tidine|conazole|cycline|sulfa\w+|barbital|zosin|lukast|ciclib|rafenib)$"
)
_PLAIN = {
    "\N{GREEK SMALL LETTER ALPHA}": "alpha",
    "\N{GREEK SMALL LETTER BETA}": "beta",
    "\N{GREEK SMALL LETTER GAMMA}": "gamma",
    "\N{GREEK SMALL LETTER DELTA}": "delta",
    "\N{GREEK SMALL LETTER OMEGA}": "omega",
    "\N{PRIME}": "'",
    "\N{HYPHEN}": "-",
    "\N{NON-BREAKING HYPHEN}": "-",
}


def opsin(names: Iterable[str]) -> Mapping[str, str | None]:
    """Read names with OPSIN, all in one call; what was asked before is remembered."""
    from heuresis.tools.molecule.opsin import smiles_of_names

    return smiles_of_names(names)


@lru_cache(maxsize=1)
def common_names() -> Phrases[Known]:
    """Return the tables of names."""
    return Phrases(known_names())


def common(text: str, words: Sequence[Word]) -> list[Entity]:
    """Find names that a table lists."""
    found = []
    for hit in common_names().find(words):
        part = words[hit.first : hit.last + 1]
        start, end = part[0].start, part[-1].end
        is_mistyped = any(word.meant for word in part)
        name = hit.value.name
        if len(name) <= SHORT and name.isupper() and text[start:end] != name:
            continue
        if not _is_inside_name(text, start, end):
            found.append(
                Entity(
                    kind="name",
                    text=text[start:end],
                    start=start,
                    end=end,
                    canonical=smiles_form(hit.value.smiles) or "",
                    certainty="probable" if is_mistyped else "certain",
                    why=hit.value.why,
                    read_as=name if is_mistyped else "",
                )
            )
    return found


def unlisted(
    text: str,
    taken: Sequence[tuple[int, int]],
    words: Sequence[Word],
    is_right: Callable[[str], bool],
    read: Reader,
) -> list[Entity]:
    """Find names no table lists; all that may be one is asked in one call.

    Args:
        text: The message.
        taken: Where other things were found.
        words: Those of no entity: trivial names and drugs may be among them.
        is_right: Whether a word is known as it is, so that it is no name.
        read: Reads names.
    """
    tried = candidates(text, taken, lambda chunk: _may_be_trivial(chunk, is_right))
    runs = [new for run in tried if (new := [one for one in run if not _is_listed(text, one)])]
    better = [w if w.meant or is_right(w.norm) else new
              for w, new in zip(words, corrected(words, _speller()), strict=True)]  # fmt: skip
    odd = [
        word for word, new in zip(words, better, strict=True)
        if (new is not word or _is_strange(word)) and not is_right(word.norm)
    ]  # fmt: skip
    asked = set(islice((_plain(text[c.start : c.end]) for run in runs for c in run), MOST_ASKED))
    acids = _acids(text)
    known, fault = _ask({*asked, *(word.norm for word in odd), *acids.values()}, read)
    found = [entity for run in runs for entity in _chosen(text, run, known, fault)]
    found += [
        _entity(text, *place, known[name], fault) for place, name in acids.items()
        if known.get(name) and not any(a < place[1] and place[0] < b for a, b in taken)
    ]  # fmt: skip
    found += [_entity(text, w.start, w.end, known[w.norm], fault) for w in odd if known.get(w.norm)]
    better = [w if known.get(w.norm) else new for w, new in zip(words, better, strict=True)]
    found = [each for each in common(text, better) if each.read_as] + found
    drugs = [w for w in odd if _DRUG.search(w.norm)]
    found += [_entity(text, word.start, word.end, None, fault) for word in drugs]
    return apart(found, rank=lambda e: int(not e.canonical))


@lru_cache(maxsize=1)
def _speller() -> Speller:
    """Return the words of common names; one slip is forgiven, as two make other molecules."""
    listed = {word.norm for name in named_molecules() for word in words_of(name)}
    return Speller({word for word in listed if len(word) > 4}, english(), most=1)


def _ask(names: Iterable[str], read: Reader) -> tuple[Mapping[str, str | None], str]:
    wanted = sorted(names)
    if not wanted:
        return {}, ""
    try:
        return read(wanted), ""
    except ServiceError as error:
        return {}, str(error)


def _chosen(
    text: str, run: Sequence[Candidate], known: Mapping[str, str | None], fault: str
) -> list[Entity]:
    """Take the longest parts that were read; where none was, the whole as a guess."""
    found: list[Entity] = []
    for part in run:
        is_free = all(part.end <= e.start or e.end <= part.start for e in found)
        smiles = known.get(_plain(text[part.start : part.end]))
        if is_free and smiles:
            found.append(_entity(text, part.start, part.end, smiles, fault))
    if not found and run[0].is_sure:
        found.append(_entity(text, run[0].start, run[0].end, None, fault))
    return found


def _entity(text: str, start: int, end: int, smiles: str | None, fault: str) -> Entity:
    form = (smiles_form(smiles) if smiles else "") or ""
    why = "a name read by OPSIN" if form else fault or "looks like a name; OPSIN does not read it"
    return Entity(
        kind="name",
        text=text[start:end],
        start=start,
        end=end,
        canonical=form,
        certainty="certain" if form else "guess",
        why=why,
    )


def _acids(text: str) -> dict[tuple[int, int], str]:
    """Find those whose last word stands once for all: 'azelaic or pimelic acid'."""
    found = {}
    for listed in _ACIDS.finditer(text):
        words = list(_IC.finditer(text, listed.start(), listed.end("last")))
        for word in words[:-1] if listed["noun"].lower() == "acid" else words:
            found[word.span()] = f"{word[0].lower()} acid"
    return found


def _is_listed(text: str, part: Candidate) -> bool:
    """Whether tables read all of a stretch."""
    words = words_of(text[part.start : part.end])
    return sum(hit.last - hit.first + 1 for hit in common_names().find(words)) == len(words)


def _may_be_trivial(chunk: str, is_right: Callable[[str], bool]) -> bool:
    """Whether a word means nothing else here, or is a listed name that may be part of a longer."""
    word = fold(chunk)
    if not chunk.isalpha() or len(chunk) < LEAST_LETTERS or word in english():
        return False
    return word in common_names().vocabulary or not is_right(word)


def _is_strange(word: Word) -> bool:
    norm = word.norm
    is_new = norm.isalpha() and len(norm) >= 5 and norm not in english()
    return is_new and norm.removesuffix("s") not in english() and bool(
        _TRIVIAL.search(norm) or _DRUG.search(norm)
    )  # fmt: skip


def _is_inside_name(text: str, start: int, end: int) -> bool:
    """Whether letters or locants are joined to it by hyphens, as in 'benzene-1,2-diol'."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return bool(re.search(r"[\w)]-$", before) or re.match(r"-[\w(]", after)) and not (
        re.match(r"-(?:li|ba|lo)", after)  # caffeine-like, water-based, water-loving
    )  # fmt: skip


def _plain(name: str) -> str:
    for sign, plain in _PLAIN.items():
        name = name.replace(sign, plain)
    return " ".join(name.encode("ascii", "ignore").decode().split())
