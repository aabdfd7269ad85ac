"""Documents and memory for a language model: what there is, looking up, and what was found."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, ValidationError

from heuresis.agent.numbers.references import write_passage
from heuresis.agent.planning.documents import Given
from heuresis.agent.planning.hosted.fences import cleaned, one_line
from heuresis.agent.planning.hosted.results import told
from heuresis.agent.planning.plan import Look
from heuresis.agent.understanding.marking import NAMES, mark
from heuresis.contract import Frozen
from heuresis.errors import RequestError
from heuresis.explain import wrong_fields
from heuresis.memory import documents
from heuresis.memory.ledger import Ledger
from heuresis.tools.conversation import Offer

LOOK = "look_up"
MAX_LISTED = 24  # things of a document that are named
MAX_QUOTE = 1_200  # characters of a passage that are shown
MAX_ROW = 300


class _Wish(Frozen):
    what: str = Field(min_length=1, max_length=1_000)
    memory: bool = False


LOOK_OFFER = Offer(
    name=LOOK,
    description="Find passages of the documents given here, or runs and claims that are known.",
    parameters={
        "type": "object",
        "properties": {
            "what": {"type": "string", "description": "The matter, in a few words."},
            "memory": {
                "type": "boolean",
                "description": "True: look in everything known here, earlier runs included.",
            },
        },
        "required": ["what"],
        "additionalProperties": False,
    },
)


def look_of(fields: Mapping[str, Any], given: Sequence[Given], forms: Sequence[str] = ()) -> Look:
    """Read a model's call.

    Args:
        fields: Its arguments.
        given: The documents of the session.
        forms: Canonical SMILES that the message names; their runs are looked for by form.

    Raises:
        RequestError: Its arguments do not fit; the message is for the model.
    """
    try:
        wish = _Wish.model_validate(fields)
    except ValidationError as error:
        raise RequestError(f"{LOOK}: {'; '.join(wrong_fields(error, 'arguments'))}") from error
    named = {one.view.id: one.label for one in given}
    if wish.memory or not named:
        return Look(id="s1", query=wish.what, scope="memory", documents=named, forms=tuple(forms))
    return Look(id="s1", query=wish.what, scope="given", documents=named)


def listed(given: Sequence[Given]) -> list[str]:
    """Say which documents there are, and what stands in those that are lists."""
    lines = []
    for one in given:
        n = f", {len(one.items)} molecules or crystals" if one.items else ""
        lines.append(f"{one_line(one.label, 60)}: a document{n}; ask it with {LOOK}")
        for item in one.items[:MAX_LISTED]:
            if item.carrier == "smiles" and not item.wrong:
                name = NAMES["smiles"]
                lines.append(
                    f"  {one_line(item.label, 60)}: <{name}>{one_line(item.value)}</{name}>"
                )
    return lines


def found(ledger: Ledger, body: Mapping[str, Any]) -> str:
    """Say what a look came to: passages with their references, runs and claims."""
    refs = [one["ref"] for one in body["quotes"]]
    passages = documents.get_passages(ledger, refs)
    blocks = [_quoted(one, passages[one["ref"]].text) for one in body["quotes"]]
    for row in body["known"]:
        if row["kind"] == "run":
            blocks.append(told(ledger, row["ref"], row["ref"]))
        else:
            blocks.append(f"{row['kind']} {row['ref']}: {one_line(row['text'], MAX_ROW)}")
    if body["note"]:
        blocks.append(one_line(body["note"], MAX_ROW))
    return "\n\n".join(blocks) or "Nothing was found."


def _quoted(quote: Mapping[str, Any], text: str) -> str:
    words = cleaned(text[quote["start"] : quote["end"]])[:MAX_QUOTE]
    reference = write_passage(quote["ref"], quote["start"], quote["end"])
    return f"passage, quoted by writing {reference}:\n{mark(words).text}"
