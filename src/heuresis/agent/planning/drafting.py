"""A plan while it is written, and the search for the calls that lead to a tool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heuresis.agent.planning.catalogue import READERS, Entry, catalogue
from heuresis.agent.planning.plan import Answered, Call, Carrier, Source, Step

MAX_LINKS = 3  # tools between what was given and what a tool takes
Link = tuple[str, str, tuple[str, Carrier]]  # tool, its field, path and carrier of its answer


@dataclass
class Draft:
    """A plan while it is written.

    Attributes:
        steps: In order.
        at: Id of the call by tool.
        ready: Where a carrier comes from by now, by the carrier a subject came as.
        constants: Fields that the message itself fills.
        notes: Sentences on what cannot be done.
    """

    steps: list[Step] = field(default_factory=list)
    at: dict[str, str] = field(default_factory=dict)
    ready: dict[Carrier, dict[Carrier, Source]] = field(default_factory=dict)
    constants: dict[str, Source] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def next_id(self) -> str:
        """Return the name of the step that comes next."""
        return f"s{len(self.steps) + 1}"

    def call(self, tool: str, fields: Mapping[str, Source], over: Carrier | None, why: str) -> str:
        """Add a call and return its name."""
        name = self.next_id()
        self.steps.append(Call(id=name, tool=tool, fields=dict(fields), over=over, why=why))
        return name

    def reach(self, tool: str, why: str) -> str | None:
        """Add the calls that lead to a tool; return the id of its call.

        None, and a note, where the tool cannot run or nothing that was given leads to it.
        """
        if tool in self.at:
            return self.at[tool]
        entry = catalogue().get(tool)
        if entry is None or entry.missing is not None:
            missing = "there is no such tool" if entry is None else entry.missing
            self.notes.append(f"{tool} cannot run here: {missing}.")
            return None
        for came in self.ready:
            way = way_to(came, entry)
            if way is None:
                continue
            for link in way:
                self._read(came, link)
            if tool in self.at:
                return self.at[tool]  # it is one of the readers
            wanted = self.source(came, entry)
            if wanted is None:
                continue
            name, source = wanted
            self.at[tool] = self.call(
                tool, {name: source, **self._fitting(entry)}, self._over(came), why
            )
            self._note_reader(came, tool)
            return self.at[tool]
        self.notes.append(_nothing_to_ask(entry, list(self.ready)))
        return None

    def source(self, came: Carrier, entry: Entry) -> tuple[str, Source] | None:
        """Return the field that a subject fills, and from where."""
        ready = self.ready[came]
        for carrier in reversed(ready):  # what was read, or changed, last
            name = entry.subject_field(carrier, self.constants)
            if name is not None:
                return name, ready[carrier]
        return None

    def _note_reader(self, came: Carrier, tool: str) -> None:
        """Remember that what a reader gave is at hand now."""
        for (start, end), (reader, _, path) in READERS.items():
            if reader == tool and start == came != end:
                given = Answered(step=self.at[tool], path=path)
                self.ready[came] = {**self.ready[came], end: given}

    def _over(self, came: Carrier) -> Carrier | None:
        return came if len(self.ready) > 1 else None

    def _fitting(self, entry: Entry) -> dict[str, Source]:
        return {name: one for name, one in self.constants.items() if name in entry.fields}

    def _read(self, came: Carrier, link: Link) -> None:
        tool, name, (path, carrier) = link
        sources = self.ready[came]
        if tool not in self.at:
            fields = {name: sources[next(iter(sources))], **self._fitting(catalogue()[tool])}
            self.at[tool] = self.call(tool, fields, self._over(came), "read what was given")
        if carrier not in sources or carrier == came:
            self.ready[came] = {**sources, carrier: Answered(step=self.at[tool], path=path)}


def way_to(came: Carrier, entry: Entry) -> list[Link] | None:
    """Return the readers between a carrier and a tool, the shortest way, by breadth first."""
    if entry.subject_field(came) and (came, came) not in READERS:
        return []
    ways: list[tuple[Carrier, list[Link]]] = [(came, [])]
    for _ in range(MAX_LINKS):
        longer = []
        for carrier, way in ways:
            for (start, end), (tool, name, path) in READERS.items():
                if start != carrier or any(tool == one[0] for one in way):
                    continue
                step = [*way, (tool, name, (path, end))]
                if entry.subject_field(end) or tool == entry.name:
                    return step
                longer.append((end, step))
        ways = longer
    return [] if entry.subject_field(came) else None


def _nothing_to_ask(entry: Entry, carriers: Sequence[Carrier]) -> str:
    takes = " or ".join(sorted(set(entry.takes.values()))) or "other input"
    got = ", ".join(carriers) or "nothing to ask about"
    return f"{entry.name} ({entry.summary}) takes {takes}; got {got}."
