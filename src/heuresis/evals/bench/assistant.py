"""What the assistant costs beside its tools: planning without a model, and the graph per step.

How. Planning is timed warm, from the text to the plan, over messages of all tool families. The
graph is timed with a planner that asks for a tool which does nothing, a fixed number of times, and
then answers; every node counts, with what it records, the approval rules, the number gate and a
checkpoint after every node. Only the seconds inside the lab are taken away: the door is no graph,
and `lab_calls` measures it.

Fairness: beside it, turn by turn, runs what one would write without us: a LangGraph loop of two
nodes, a scripted agent and the same backend called straight, with the same SQLite checkpointer. It
records nothing, checks nothing and asks nobody, so the difference is what those things cost.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypedDict

from heuresis.agent.assistant.graph import build
from heuresis.agent.assistant.state import Bench, Limits
from heuresis.agent.assistant.turn import answer, say
from heuresis.agent.checkpoints import checkpoints
from heuresis.agent.planning import embedded
from heuresis.agent.planning.plan import Call, Constant, Plan, Shown, Subject
from heuresis.agent.planning.protocol import CarryOut, Decision, Known, Write
from heuresis.agent.understanding.understand import understand
from heuresis.contract import Outcome
from heuresis.evals.bench.measure import alternate, median
from heuresis.evals.bench.noop import Noop, NoopRequest
from heuresis.evals.bench.row import Row, against_goal, against_peer, told
from heuresis.evals.bench.workplace import bench_tools, temporary_settings
from heuresis.memory import sessions
from heuresis.memory.ledger import new_id
from heuresis.serving.context import Context
from heuresis.serving.hosts.inprocess import InProcessHost
from heuresis.serving.lab import AnyRequest, Lab
from heuresis.serving.open_lab import open_lab
from heuresis.settings import Settings

PLAN_GOAL_MS, STEP_GOAL_MS = 150.0, 5.0
ROUNDS, TURNS = 10, 9
QUICK_ROUNDS, QUICK_TURNS = 3, 2
TEXTS = (
    "What is the QED of CCO?",
    "QED, TPSA and logP of aspirin, caffeine and ibuprofen, keep those with QED over 0.5",
    "blood-brain barrier of CCO and CCN, keep those with QED over 0.3, best first",
    "energy above hull of rocksalt MgO",
    "Is NaCl in the rocksalt structure stable, and what is its bulk modulus?",
    "write CC(=O)Oc1ccccc1C(=O)O as InChI",
    "which of benzene, phenol and toluene can be bought?",
    "sort CCO, CCN, CCC by molecular weight descending",
    "make me a sandwich",
)


@dataclass(frozen=True)
class Scripted:
    """A planner that asks for one more call each time, and answers after the last."""

    n_calls: int
    name: str = "scripted"
    looks_back: bool = True

    def decide(self, known: Known, number: int) -> Decision:
        """See `Planner.decide`."""
        if number > self.n_calls:
            return Write(f"The last number is {{{{run:{_last_run(known)}.number}}}}.")
        steps = tuple(
            Call(id=f"s{i}", tool="bench.noop", fields={"number": Constant(value=i)}, among=(0,))
            for i in range(1, number + 1)
        )
        return CarryOut(
            Plan(
                planner=self.name,
                goal=known.message.body,
                subjects=(Subject(label="number", carrier="none", value="number"),),
                steps=steps,
                shows=(Shown(step=steps[-1].id, path="number", words="number"),),
            )
        )


def _last_run(known: Known) -> str:
    *_, last = (body for name, body in known.stages.items() if name.startswith("step "))
    return str(next(iter(last["runs"].values())))


def measure(*, quick: bool) -> list[Row]:
    """Time the planner, then both graphs in turns, then whole turns without a model."""
    rounds, turns = (QUICK_ROUNDS, QUICK_TURNS) if quick else (ROUNDS, TURNS)
    return [_planning(turns), *_graphs(rounds, turns), _whole_turn(turns)]


def _planning(turns: int) -> Row:
    for text in TEXTS:
        _planned(text)  # loads what is loaded on first use
    took = [_ms(partial(_planned, text)) for _ in range(turns) for text in TEXTS]
    return against_goal(
        "assistant.plan",
        "a plan without a language model, from the text, warm",
        took,
        PLAN_GOAL_MS,
        "ms",
        note=f"{len(TEXTS)} messages; the longest took {max(took):.0f} ms",
        details={"longest_ms": max(took)},
    )


def _planned(text: str) -> Plan:
    return embedded.plan(understand(text))


def _graphs(rounds: int, turns: int) -> list[Row]:
    """Run our graph and the bare loop in turns."""
    n_ours, n_bare = 3 * rounds + 4, 2 * rounds + 1
    with bench_tools(), temporary_settings() as settings:
        lab = _timed(open_lab(settings), settings)
        try:
            ours = _Ours(lab, settings, rounds)
            bare = _Bare(settings, rounds)
            ours(-1)  # loads what is loaded on first use
            bare(-1)
            lab.seconds.clear()
            timed = _Timed(ours)
            took = alternate({"bare": bare, "ours": timed}, turns)
            door_s = sum(lab.seconds) / turns
        finally:
            lab.ledger.close()
    per_step = [1000 * (seconds - door_s) / n_ours for seconds in took["ours"]]
    bare_step = [1000 * seconds / n_bare for seconds in took["bare"]]
    what = "a step of the assistant's graph, recorded and checkpointed"
    cpu_ms = 1000 * median(timed.processor_s) / n_ours
    note = (
        f"{n_ours} nodes for {rounds} calls; without {1000 * door_s / rounds:.1f} ms a call in the "
        f"lab; {cpu_ms:.2f} ms of processor time a step, the lab's included"
    )
    per_call = [1000 * seconds / rounds for seconds in took["ours"]]
    bare_call = [1000 * seconds / rounds for seconds in took["bare"]]
    return [
        against_goal("assistant.step", what, per_step, STEP_GOAL_MS, "ms/step", note=note),
        against_peer(
            "assistant.step_bare",
            what,
            per_step,
            ("bare LangGraph loop", bare_step),
            "ms/step",
            needed=None,
            note=f"the bare loop has {n_bare} nodes, records no run and checks nothing",
        ),
        against_peer(
            "assistant.call_bare",
            "a call that a planner asks for, all nodes of it",
            per_call,
            ("bare LangGraph loop", bare_call),
            "ms/call",
            needed=None,
            note="ours: plan, approve, act, and the lab's door; theirs: agent, tool",
        ),
    ]


def _whole_turn(turns: int) -> Row:
    with temporary_settings() as settings:
        lab = open_lab(settings)
        try:
            session = sessions.open_session(lab.ledger, "bench")

            def ask() -> None:
                answer(say(lab, session, TEXTS[0]), lab, settings, planner="embedded")

            ask()
            took = [_ms(ask) for _ in range(turns)]
        finally:
            lab.ledger.close()
    note = "from the question to the recorded answer; the tools' runs are hits"
    return told("assistant.turn", "a whole question without a language model", took, "ms", note)


class _TimedLab(Lab):
    """A lab that keeps how long each of its calls took."""

    seconds: list[float]

    def run_many(
        self,
        tool: str,
        requests: Sequence[AnyRequest],
        context: Context | None = None,
        backend: str | None = None,
    ) -> list[Outcome]:
        """See `Lab.run_many`."""
        began = time.perf_counter()
        outcomes = super().run_many(tool, requests, context, backend)
        self.seconds.append(time.perf_counter() - began)
        return outcomes


def _timed(lab: Lab, settings: Settings) -> _TimedLab:
    timed = _TimedLab(lab.ledger, lab.vault, InProcessHost(), lab.policies, settings)
    timed.seconds = []
    return timed


@dataclass(frozen=True)
class _Ours:
    lab: Lab
    settings: Settings
    rounds: int

    def __call__(self, turn: int) -> None:
        session = sessions.open_session(self.lab.ledger, "bench")
        asked = say(self.lab, session, "count on")
        message = sessions.get_message(self.lab.ledger, asked)
        limits = replace(Limits(), questions=self.rounds + 1)
        bench = Bench(self.lab, message, limits, lambda event: None, Scripted(self.rounds))
        _drive(
            self.settings,
            lambda saver: build(bench, saver),
            {"message_id": asked, "planner": "model", "number": 0, "at": 0},
        )


@dataclass(frozen=True)
class _Timed:
    """An action whose processor time is kept, which a busy machine disturbs less."""

    action: Callable[[int], None]
    processor_s: list[float] = field(default_factory=list)

    def __call__(self, turn: int) -> None:
        began = time.process_time()
        self.action(turn)
        self.processor_s.append(time.process_time() - began)


class _Messages(TypedDict):
    messages: list[dict[str, Any]]


@dataclass(frozen=True)
class _Bare:
    """The loop that one writes in an afternoon."""

    settings: Settings
    rounds: int

    def __call__(self, turn: int) -> None:
        _drive(self.settings, self._build, {"messages": [{"role": "user", "content": "count on"}]})

    def _build(self, saver: Any) -> Any:
        from langgraph.graph import END, START, StateGraph

        graph = StateGraph(_Messages)
        graph.add_node("agent", self._agent)
        graph.add_node("tool", self._tool)
        graph.add_edge(START, "agent")
        graph.add_conditional_edges("agent", _wants_tool, {True: "tool", False: END})
        graph.add_edge("tool", "agent")
        return graph.compile(checkpointer=saver)

    def _agent(self, state: _Messages) -> _Messages:
        n_done = sum(one["role"] == "tool" for one in state["messages"])
        said: dict[str, Any] = {"role": "assistant", "content": "Done."}
        if n_done < self.rounds:
            said |= {"content": "", "call": {"number": n_done + 1}}
        return {"messages": [*state["messages"], said]}

    def _tool(self, state: _Messages) -> _Messages:
        [response] = Noop().run([NoopRequest(**state["messages"][-1]["call"])])
        result = {"role": "tool", "content": response.model_dump_json()}
        return {"messages": [*state["messages"], result]}


def _wants_tool(state: _Messages) -> bool:
    return "call" in state["messages"][-1]


def _drive(settings: Settings, build_with: Callable[[Any], Any], start: dict[str, Any]) -> None:
    from langgraph.checkpoint.sqlite import SqliteSaver

    config: Any = {"configurable": {"thread_id": new_id()}, "recursion_limit": 1_000}
    with checkpoints(settings.checkpoints) as connection:
        build_with(SqliteSaver(connection)).invoke(start, config, durability="sync")


def _ms(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)
