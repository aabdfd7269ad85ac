"""The conversation as a language model is shown it, rebuilt from what was recorded; kept short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from heuresis.agent.planning.documents import Given, given_documents
from heuresis.agent.planning.hosted import lookups
from heuresis.agent.planning.hosted.fences import cleaned, fenced, mark_of, one_line
from heuresis.agent.planning.hosted.offers import LONG
from heuresis.agent.planning.hosted.results import told
from heuresis.agent.planning.hosted.values import Within
from heuresis.agent.planning.looks import MAX_FORMS
from heuresis.agent.planning.plan import Call, Plan, Subject
from heuresis.agent.planning.protocol import Known, latest_plan, plan_name
from heuresis.agent.planning.subjects import subjects_of
from heuresis.agent.understanding.entities import MOLECULES
from heuresis.agent.understanding.marking import mark
from heuresis.tools.conversation import Message, Reply, ToolCall

MAX_CHARS = 48_000  # of all messages of one question
MAX_MESSAGE = 8_000  # of what the person wrote
MAX_EARLIER, MAX_EARLIER_CHARS = 6, 800  # messages of the session before, and of each
MAX_ARGUMENTS = 2_000  # of a call that is shown again
SHORTENED = 200  # characters left of an old result when room is short
NOTHING_SAID = "Your reply held neither words nor a call. Call a function, or answer in words."


@dataclass(frozen=True)
class History:
    """What happened in this turn so far.

    Attributes:
        known: The message and what was recorded.
        number: The decision that is to be taken.
    """

    known: Known
    number: int

    @cached_property
    def plan(self) -> Plan:
        """Everything planned by earlier decisions."""
        empty = Plan(planner="none", goal=self.known.message.body[:4_000], subjects=(), steps=())
        own = plan_name(self.number)  # there already, if a crash came after it was recorded
        before = {name: body for name, body in self.known.stages.items() if name != own}
        return latest_plan(before) or empty

    @cached_property
    def given(self) -> tuple[Subject, ...]:
        """Things of the message that are too long to show: structures, pictures, files."""
        subjects, _ = subjects_of(self.known.read)
        long = (one for one in subjects if one.carrier in LONG)
        return tuple(_named_shortly(one, i) for i, one in enumerate(long, start=1))

    @cached_property
    def documents(self) -> tuple[Given, ...]:
        """Documents of the session, those of this message first."""
        return given_documents(self.known.ledger, self.known.read, self.known.earlier)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Canonical SMILES that the message names."""
        named = (one.canonical for one in self.known.read.of_kind(*MOLECULES))
        return tuple(dict.fromkeys(form for form in named if form))[:MAX_FORMS]

    @cached_property
    def within(self) -> Within:
        """What references may name."""
        aliases: dict[str, str] = {}
        about: dict[str, Subject] = {}
        for step in self.plan.steps:
            runs = self._runs(step.id)
            for n, (place, run_id) in enumerate(runs.items(), start=1):
                aliases[step.id if len(runs) == 1 else f"{step.id}_{n}"] = run_id
                about[run_id] = self.plan.subjects[place]
        looked = (body for name, body in self.known.stages.items() if name.startswith("step "))
        known = {row["ref"] for body in looked for row in body.get("known", ())
                 if row["kind"] == "run"}  # fmt: skip
        earlier = {run for one in self.known.earlier for run in one.facts.get("runs", ())}
        return Within(
            ledger=self.known.ledger,
            given=self.given,
            aliases=aliases,
            runs=frozenset({*aliases.values(), *known, *earlier}),
            about=about,
        )

    @property
    def used(self) -> list[str]:
        """Tools that were asked in this turn, or found by looking for them."""
        before = (body for number, body in self._all("calls").items() if number < self.number)
        found = [name for body in before for name in body["found"]]
        asked = [step.tool for step in self.plan.steps if isinstance(step, Call)]
        return list(dict.fromkeys([*found, *asked]))

    def messages(self) -> list[Message]:
        """Return what the model is shown, within its room."""
        shown = [Message(role="system", text=instructions()), *self._earlier(), self._asked()]
        replies, calls, refused = self._all("reply"), self._all("calls"), self._all("refused")
        for number, body in replies.items():
            if number < self.number:
                reply = Reply.model_validate(body)
                shown.append(_as_shown(reply))
                shown += self._answers(reply, calls.get(number, {}))
                if number in refused:
                    shown.append(Message(role="user", text=refused[number]["why"]))
        return _within_room(shown)

    def _answers(self, reply: Reply, calls: Mapping[str, Any]) -> list[Message]:
        if not reply.tool_calls:
            return [] if reply.text else [Message(role="user", text=NOTHING_SAID)]
        return [
            Message(role="tool", text=self._answer(one.id, calls), answers=one.id)
            for one in reply.tool_calls
        ]

    def _answer(self, call_id: str, calls: Mapping[str, Any]) -> str:
        if call_id in calls.get("errors", {}):
            return f"Not carried out. {calls['errors'][call_id]}"
        if call_id in calls.get("answers", {}):
            return str(calls["answers"][call_id])
        if call_id not in calls.get("steps", {}):
            return "Not carried out."
        step, place = calls["steps"][call_id]
        body = self.known.stages.get(f"step {step}", {})
        if "quotes" in body:
            return fenced(lookups.found(self.known.ledger, body), self._mark)
        run_id = body.get("runs", {}).get(str(place))
        if run_id is None:
            why = body.get("refused", {}).get(str(place), "it was not carried out")
            return fenced(f"No answer: {one_line(why, 300)}", self._mark)
        [alias] = [name for name, of in self.within.aliases.items() if of == run_id][:1]
        return fenced(told(self.known.ledger, run_id, alias), self._mark)

    @property
    def _mark(self) -> str:
        return mark_of(self.known.message.id)

    def _runs(self, step: str) -> dict[int, str]:
        body = self.known.stages.get(f"step {step}", {})
        return {int(place): run_id for place, run_id in body.get("runs", {}).items()}

    def _all(self, kind: str) -> dict[int, Any]:
        """Return stages of a kind, such as 'reply 2', by number."""
        parts = [(name.partition(" "), body) for name, body in self.known.stages.items()]
        return {int(number): body for (word, _, number), body in parts if word == kind}

    def _earlier(self) -> list[Message]:
        found = []
        for one in self.known.earlier[-MAX_EARLIER:]:
            text = cleaned(one.body) if one.author == "person" else one.body
            role = "user" if one.author == "person" else "assistant"
            found.append(Message(role=role, text=text[:MAX_EARLIER_CHARS]))
        return found

    def _asked(self) -> Message:
        """Return the person's message, with what is too long for it named instead."""
        text = self.known.message.body
        for one in sorted(self.known.read.of_kind("cif", "poscar"), key=lambda one: -one.start):
            text = f"{text[: one.start]}[a structure, see the list]{text[one.end :]}"
        text = mark(cleaned(text)).text
        if len(text) > MAX_MESSAGE:
            text = f"{text[:MAX_MESSAGE]}… [cut: {len(text)} characters]"
        if not self.given and not self.documents:
            return Message(role="user", text=text)
        lines = lookups.listed(self.documents) + [
            f'{one_line(one.label, 60)}: {one.carrier}, pass it on as "{{{{given:{i}}}}}"'
            for i, one in enumerate(self.given, start=1)
        ]
        listed = fenced("\n".join(lines), self._mark)
        return Message(role="user", text=f"{text}\n\nGiven with it:\n{listed}")


def _named_shortly(one: Subject, number: int) -> Subject:
    """Name a structure that was written out: its label would be its text, comments and all."""
    is_written = "\n" in one.label
    return one.model_copy(update={"label": f"structure {number}"}) if is_written else one


def _as_shown(reply: Reply) -> Message:
    calls = tuple(
        ToolCall(id=one.id, name=one.name, arguments=_short_arguments(one.arguments))
        for one in reply.tool_calls
    )
    return Message(role="assistant", text=reply.text[:MAX_MESSAGE], tool_calls=calls)


def _short_arguments(text: str) -> str:
    """Servers read arguments of old calls, too, so they must be an object."""
    call = ToolCall(id="", name="", arguments=text)
    return text if len(text) <= MAX_ARGUMENTS and call.is_readable else "{}"


def _within_room(messages: Sequence[Message]) -> list[Message]:
    """Shorten the oldest results until all of it fits."""
    kept = list(messages)
    for i, one in enumerate(kept):
        if sum(_size(each) for each in kept) <= MAX_CHARS:
            break
        if one.role == "tool" and len(one.text) > SHORTENED:
            first = one.text[:SHORTENED].splitlines()
            kept[i] = one.model_copy(update={"text": "\n".join([*first, "… shortened"])})
    return kept


def _size(message: Message) -> int:
    return len(message.text) + sum(len(call.arguments) for call in message.tool_calls)


@cache
def instructions() -> str:
    """Return what a model is told once."""
    return Path(__file__).with_name("prompt.md").read_text(encoding="utf-8")
