"""Arguments as a model writes them, with its references replaced by what they stand for."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heuresis.agent.assistant.answers import as_argument, at_path, response_of
from heuresis.agent.numbers.references import ULID
from heuresis.agent.planning.plan import Subject
from heuresis.agent.understanding.marking import unmarked
from heuresis.errors import RequestError
from heuresis.memory.ledger import Ledger

_WHOLE = re.compile(r"\s*\{\{\s*(run|given)\s*:\s*([^{}|]+?)\s*\}\}\s*")
_PARTS = re.compile(rf"({ULID}|s\d{{1,3}}(?:_\d{{1,5}})?)\.(\S+)", re.IGNORECASE)
_ALIAS = re.compile(r"(\{\{\s*run\s*:\s*)(s\d{1,3}(?:_\d{1,5})?)(?=[.}|\s])")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Within:
    """What a model may refer to.

    Attributes:
        ledger: Where runs are.
        given: Things of the message, in order, named 'given:1' and so on.
        aliases: Run id by short name, of this turn.
        runs: Ids of all runs of the conversation.
        about: What a run was about, by id.
    """

    ledger: Ledger
    given: tuple[Subject, ...]
    aliases: Mapping[str, str]
    runs: frozenset[str]
    about: Mapping[str, Subject]


def resolved(value: Any, within: Within) -> Any:
    """Replace references in arguments, at any depth.

    Raises:
        RequestError: A reference to something that is not there, or a file of nobody's here.
    """
    if isinstance(value, dict):
        return {key: resolved(part, within) for key, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, within) for part in value]
    if not isinstance(value, str):
        return value
    match = _WHOLE.fullmatch(value)
    if match is None:
        _must_be_known(value, within)
        return unmarked(value)
    return _given(match[2], within) if match[1] == "given" else _told(match[2], within)


def subject_of(value: Any, within: Within) -> Subject | None:
    """Return the thing that an argument refers to, so that it keeps its name."""
    match = _WHOLE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    if match[1] == "given":
        return within.given[int(match[2]) - 1]
    parts = _PARTS.fullmatch(match[2])
    return within.about.get(_run_id(parts[1], within)) if parts else None


def spelled_out(draft: str, aliases: Mapping[str, str]) -> str:
    """Write the runs' own ids in the place of short names; unknown names stay, to be refused."""
    return _ALIAS.sub(lambda match: match[1] + aliases.get(match[2], match[2]), draft)


def _given(number: str, within: Within) -> str:
    place = int(number) if number.isdigit() else 0
    if not 1 <= place <= len(within.given):
        raise RequestError(f"given:{number}: got none, allowed: 1 to {len(within.given)}")
    return within.given[place - 1].value


def _told(text: str, within: Within) -> Any:
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise RequestError(f"run:{text}: got no path, allowed: such as {{{{run:s1.smiles}}}}")
    run_id = _run_id(parts[1], within)
    value = as_argument(at_path(response_of(within.ledger, run_id), parts[2]))
    if value is None:
        raise RequestError(f"run:{text}: got a path that this run did not answer")
    if isinstance(value, dict) and {"value", "unit"} <= value.keys():
        return value["value"]
    return value


def _run_id(name: str, within: Within) -> str:
    run_id = within.aliases.get(name.lower(), name.upper())
    if run_id not in within.runs:
        allowed = ", ".join(within.aliases) or "none"
        raise RequestError(f"run {name!r}: not one of this conversation, allowed: {allowed}")
    return run_id


def _must_be_known(value: str, within: Within) -> None:
    """A file may be named by its digest only where this conversation has it."""
    for digest in set(_DIGEST.findall(value)):
        if any(one.value == digest for one in within.given):
            continue
        answers = (json.dumps(response_of(within.ledger, run_id)) for run_id in within.runs)
        if not any(digest in answer for answer in answers):
            raise RequestError(
                f"file {digest[:15]}…: not one of this conversation, allowed: those given"
            )
