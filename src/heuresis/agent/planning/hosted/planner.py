"""The planner with a language model: it chooses calls and words; every call passes the lab."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import ValidationError

from heuresis.agent.planning.hosted import lookups, offers
from heuresis.agent.planning.hosted.fences import one_line
from heuresis.agent.planning.hosted.history import History
from heuresis.agent.planning.hosted.lifting import Wanted, lifted
from heuresis.agent.planning.hosted.values import resolved, spelled_out, subject_of
from heuresis.agent.planning.plan import Look, Plan
from heuresis.agent.planning.protocol import AskAgain, CarryOut, Decision, GiveUp, Known, Write
from heuresis.errors import RequestError, ServiceError
from heuresis.explain import wrong_fields
from heuresis.serving.faults import reach
from heuresis.tools import registry
from heuresis.tools.chat import Chat
from heuresis.tools.conversation import Offer, Reply, ToolCall

MAX_TRIES = 2  # of one question to a server that failed for a passing reason
MAX_BAD = 3  # replies in a row that nothing can be done with
MAX_CALLS, MAX_KEPT = 16, 64  # of one reply: carried out, and recorded
MAX_ERROR = 600  # characters of an error that a model is shown
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)|</?\w[^<>]*>")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SOURCES = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+)?(?:\d{1,2}[.)][ \t]+)?[*_]*"
    r"(?:sources|references|citations|bibliography)[*_: \t]*$.*\Z",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


@dataclass
class _Read:
    """What a reply asks for."""

    wanted: list[Wanted] = field(default_factory=list)
    looks: dict[str, Look] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Hosted:
    """Asks a language model once for each decision, and records its reply before reading it."""

    chat: Chat
    looks_back: bool = True

    @property
    def name(self) -> str:
        """The model and where it is."""
        return self.chat.identity

    def decide(self, known: Known, number: int) -> Decision:
        """See `Planner.decide`."""
        history = History(known, number)
        offered = offers.relevant(
            known.message.body, (one.carrier for one in history.given), history.used
        )
        try:
            reply = self._reply(history, offered)
        except (ServiceError, RequestError) as error:
            return GiveUp(f"The language model could not be used: {one_line(str(error), 240)}.")
        if not reply.tool_calls:
            return self._words(reply, history)
        return self._calls(reply, history, offered)

    def _reply(self, history: History, offered: list[str]) -> Reply:
        """Return the reply of this decision: the recorded one, or a new one, recorded."""
        known, name = history.known, f"reply {history.number}"
        if name in known.stages:
            return Reply.model_validate(known.stages[name])
        made = [*map(offers.offer_of, offered), offers.FIND_OFFER, lookups.LOOK_OFFER]
        known.tell("asked", f"question {history.number} to {self.name}")
        reply = self._ask(history, made)
        calls = tuple(
            one.model_copy(update={"id": f"c{history.number}_{i}"})
            for i, one in enumerate(reply.tool_calls[:MAX_KEPT], start=1)
        )
        reply = reply.model_copy(update={"tool_calls": calls, "reasoning": None})
        known.note(name, reply.model_dump(mode="json"))
        reach("reply")
        return reply

    def _ask(self, history: History, made: list[Offer]) -> Reply:
        messages, on_text = history.messages(), partial(history.known.tell, "wrote")
        for _ in range(MAX_TRIES - 1):
            try:
                return self.chat.ask(messages, made, on_text)
            except ServiceError as error:
                if not error.transient:
                    raise
        return self.chat.ask(messages, made, on_text)

    def _words(self, reply: Reply, history: History) -> Decision:
        if reply.text.strip() and reply.finish != "length":
            return Write(spelled_out(_plain(reply.text), history.within.aliases))
        return self._useless("a reply without words", history)

    def _calls(self, reply: Reply, history: History, offered: list[str]) -> Decision:
        read = _Read()
        for i, call in enumerate(reply.tool_calls):
            try:
                if i >= MAX_CALLS:
                    raise RequestError(f"calls: got more, allowed: {MAX_CALLS} in one reply")
                _read_one(call, history, offered, read)
            except RequestError as error:
                read.errors[call.id] = one_line(str(error), MAX_ERROR)
        known, number = history.known, history.number
        plan, steps = lifted(history.plan.model_copy(update={"planner": self.name}), read.wanted)
        plan, looks = _with_looks(plan, read.looks)
        body = {
            "steps": {**steps, **looks},
            "errors": read.errors,
            "answers": read.answers,
            "found": read.found,
        }
        known.note(f"calls {number}", body)
        if read.wanted or read.looks:
            return CarryOut(plan)
        if read.found:
            return AskAgain(f"looked for tools: {', '.join(read.found)}")
        return self._useless("; ".join(read.errors.values()), history)

    def _useless(self, why: str, history: History) -> Decision:
        """Ask again, unless the model never does better."""
        n_bad = 1
        for number in range(history.number - 1, 0, -1):
            if not _was_useless(history.known.stages, number):
                break
            n_bad += 1
        if n_bad < MAX_BAD:
            return AskAgain(f"the model is asked again: {why}")
        return GiveUp(f"The language model gave {MAX_BAD} replies that could not be used ({why}).")


def _was_useless(stages: Any, number: int) -> bool:
    reply, calls = stages.get(f"reply {number}", {}), stages.get(f"calls {number}")
    if calls is None:
        return not str(reply.get("text", "")).strip() or reply.get("finish") == "length"
    return not calls["steps"] and not calls["found"]


def _read_one(call: ToolCall, history: History, offered: list[str], read: _Read) -> None:
    """Sort one call into what is wanted, or say what is wrong with it.

    Raises:
        RequestError: The call cannot be carried out; the message is for the model.
    """
    fields = call.parsed()
    if call.name == offers.FIND:
        names = offers.found(str(fields.get("what", "")))
        read.found += names
        listed = ", ".join(map(offers.function_name, names)) or "none"
        read.answers[call.id] = f"Functions that fit, offered to you now: {listed}."
        return
    if call.name == lookups.LOOK:
        read.looks[call.id] = lookups.look_of(fields, history.documents, history.forms)
        return
    tool = offers.tool_named(call.name, offered)
    if tool is None:
        names = [*map(offers.function_name, offered), offers.FIND, lookups.LOOK]
        allowed = ", ".join(names)
        raise RequestError(f"function: got {one_line(call.name)!r}, allowed: {allowed}")
    values = resolved(fields, history.within)
    try:
        registry.load(tool).request.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(wrong_fields(error, "arguments"))
        raise RequestError(f"{offers.function_name(tool)}: {wrong}") from error
    about = {
        name: one for name, value in fields.items() if (one := subject_of(value, history.within))
    }
    read.wanted.append(Wanted(call.id, tool, values, about))


def _with_looks(plan: Plan, looks: Mapping[str, Look]) -> tuple[Plan, dict[str, tuple[str, int]]]:
    """Add the steps that look something up; return step and, for form, a place by call."""
    places: dict[str, tuple[str, int]] = {}
    steps = list(plan.steps)
    for call_id, look in looks.items():
        steps.append(look.model_copy(update={"id": f"s{len(steps) + 1}"}))
        places[call_id] = (steps[-1].id, 0)
    return plan.model_copy(update={"steps": tuple(steps)}), places


def _plain(text: str) -> str:
    """Leave out what a model may not add: pictures, links, markup, sources of its own."""
    return _SOURCES.sub("", _LINK.sub(r"\1", _PICTURE.sub("", text))).strip()
