"""Everything a message names, each stretch of text read in one way only."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from heuresis.agent.understanding import names
from heuresis.agent.understanding.elements import NAMES, elements_in
from heuresis.agent.understanding.entities import Attachment, Entity
from heuresis.agent.understanding.intents import intent_words
from heuresis.agent.understanding.labels import labels_in
from heuresis.agent.understanding.leftovers import beyond_hits, beyond_words
from heuresis.agent.understanding.notations import molecule_form, short_smiles, written_out
from heuresis.agent.understanding.places import Cover, Place, apart, places
from heuresis.agent.understanding.pointers import files_in, passed_over, runs_in, tools_in
from heuresis.agent.understanding.properties import Said, properties_in, vocabulary
from heuresis.agent.understanding.quantities import comparing_words
from heuresis.agent.understanding.sayings import saying_words, with_sayings
from heuresis.agent.understanding.spans import Span, segment
from heuresis.agent.understanding.structure_types import structure_types_in, structure_words
from heuresis.agent.understanding.systematic import is_chemical
from heuresis.agent.understanding.typing_errors import Speller, corrected
from heuresis.agent.understanding.vocabulary.reading import english, glue, named_molecules
from heuresis.agent.understanding.words import Hit, Word, without, words_of

_SPAN_KINDS = {
    "smiles": "smiles", "selfies": "selfies", "iupac": "name", "formula": "formula",
    "dna": "sequence", "rna": "sequence", "protein": "sequence", "sirna": "sequence",
    "material": "material",
}  # fmt: skip


@dataclass(frozen=True)
class Exact:
    """What is written in an exact notation.

    Attributes:
        entities: Those things.
        hidden: Tags, addresses, paths and encoded data, in which nothing is looked for.
        warnings: Tags that were read as plain text.
    """

    entities: list[Entity]
    hidden: list[Place]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Worded:
    """The words outside of exact notations.

    Attributes:
        words: With typing errors undone.
        said: Words for properties among them.
        spoken: Where the words of loose phrases for properties stand.
    """

    words: list[Word]
    said: list[Hit[Said]]
    spoken: list[Place]


def exact(text: str, attachments: Sequence[Attachment]) -> Exact:
    """Find tags, SMILES, InChI, SELFIES, sequences, crystals, runs, tools and files."""
    segments = segment(text, ("tag", "smiles", "fasta"))
    tagged = [_of_span(text, span) for span in segments.spans]
    found = [*tagged, *written_out(text), *runs_in(text), *tools_in(text)]
    found += files_in(text, attachments)
    found += Cover(places(found)).free(short_smiles(text))
    known = Cover(places(found))
    passed = [(a, b) for a, b in passed_over(text) if known.taken.isdisjoint(range(a, b))]
    kept = Cover([*segments.marks, *passed]).free(apart(found))
    return Exact(kept, [*segments.marks, *passed], segments.warnings)


def worded(text: str, known: Exact) -> Worded:
    """Cut the rest into words and undo typing errors, but not in what may be a name."""
    words = without(words_of(text), [*places(known.entities), *known.hidden])
    better = corrected(words, speller())
    words = [w if is_chemical(w.norm) else n for w, n in zip(words, better, strict=True)]
    beyond = beyond_hits(words)
    said = [hit for hit in vocabulary().find(words) if not any(_is_part(hit, of) for of in beyond)]
    heard = with_sayings(text, words, said)
    return Worded(words, heard.hits, heard.places)


def _is_part(hit: Hit[Said], of: Hit[str]) -> bool:
    """Whether words lie in a longer phrase: 'binding energy' asks for no 'energy'."""
    is_inside = of.first <= hit.first and hit.last <= of.last
    return is_inside and (hit.first, hit.last) != (of.first, of.last)


def gathered(text: str, known: Exact, rest: Worded, read_names: names.Reader) -> list[Entity]:
    """Find all entities; longer ones beat shorter ones, tables beat guesses."""
    hidden = Cover(known.hidden)
    formulas = [_of_span(text, s) for s in segment(text, ("formula",)).spans]
    found = [
        *structure_types_in(text, rest.words),
        *names.common(text, rest.words),
        *elements_in(text),
        *properties_in(text, rest.said, rest.words),  # 'CYP2C9' is spelled as a formula, too
        *formulas,
        *labels_in(text, rest.words),
    ]
    listed = apart([*known.entities, *hidden.free(found)])
    # An element or a name may be part of a longer one: 'sodium acetate', 'ethyl vanillin'.
    parts = [e for e in listed if e.kind == "element" or (e in found and e.kind == "name")]
    sure = [*places(e for e in listed if e not in parts), *known.hidden]
    free = without(rest.words, [*places(listed), *known.hidden])
    others = names.unlisted(text, sure, free, speller().is_right, read_names)
    return apart([*listed, *others])


@cache
def speller() -> Speller:
    """Return the words that typing errors are corrected to; names of molecules are not among them.

    A mistyped name may be the name of another molecule: those are corrected only where no reader
    of names understands them.
    """
    listed = {word.norm for name in named_molecules() for word in words_of(name)}
    known = vocabulary().vocabulary | intent_words() | structure_words()
    others = english() | glue() | NAMES.keys() | listed | saying_words()
    return Speller(known | beyond_words() | comparing_words(), others)


def _of_span(text: str, span: Span) -> Entity:
    kind, form = _SPAN_KINDS[span.kind], span.canonical
    if span.is_tagged and kind in ("selfies", "smiles", "name"):
        form = molecule_form(kind, form)
    return Entity.model_validate({
        "kind": kind,
        "text": text[span.start : span.end],
        "start": span.start,
        "end": span.end,
        "canonical": form,
        "certainty": "certain" if span.is_tagged else "probable",
        "why": "a tag says so" if span.is_tagged else f"spelled as {span.kind}",
    })  # fmt: skip
