"""An API on a real lab, with keys, and an assistant and campaigns that a line each describes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import Field
from starlette.testclient import TestClient

from heuresis.contract import Frozen
from heuresis.memory import api_keys, sessions
from heuresis.serving.context import Context
from heuresis.serving.http.app import make_app
from heuresis.serving.jobs.crew import Crew
from heuresis.serving.lab import Lab
from heuresis.serving.open_lab import open_recall
from heuresis.serving.remote.above import OnEvent, Said
from heuresis.serving.remote.doorkeeper import Doorkeeper
from heuresis.serving.remote.parts import Limits, Parts
from heuresis.settings import Settings
from heuresis.tools import registry

KEPT = ("test.", "image.read")


@dataclass
class Echoing:
    """An assistant that runs test.echo on the number it is told."""

    lab: Lab
    heard: list[str] = field(default_factory=list)

    def say(
        self, session_id: str, text: str, files: Sequence[Mapping[str, Any]], message_id: str
    ) -> None:
        sessions.say(self.lab.ledger, session_id, "person", text, message_id=message_id)

    def answer(self, message_id: str, on_event: OnEvent) -> Said:
        message = sessions.get_message(self.lab.ledger, message_id)
        self.heard.append(message.body)
        if "wait" in message.body:
            return Said("waiting", "may I?", {"approvals": [{"id": "x"}]})
        on_event("understood", message.body, {})
        context = Context(origin=f"session:{message.id}:s1", session_id=message.session_id)
        outcome = self.lab.run("test.echo", {"number": 7}, context)
        on_event("stepped", "s1", {})
        return Said("answered", f"{{run:{outcome.run_id}.double}}", {"runs": [outcome.run_id]})


class Spec(Frozen):
    rounds: int = Field(ge=1, description="How many.")


@dataclass
class Counting:
    """Campaigns that count to their number of rounds."""

    started: dict[str, str] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    spec: type[Spec] = Spec

    def check(self, spec: Any) -> None:
        return None

    def start(self, spec: str, campaign_id: str) -> None:
        self.started.setdefault(campaign_id, spec)

    def drive(self, campaign_id: str, on_event: OnEvent) -> None:
        for number in range(Spec.model_validate_json(self.started[campaign_id]).rounds):
            on_event("progressed", f"round {number}", {})

    def stop(self, campaign_id: str) -> None:
        self.stopped.append(campaign_id)

    def standing(self, campaign_id: str) -> dict[str, Any]:
        return {"id": campaign_id} if campaign_id in self.started else {}


@dataclass
class Api:
    """A server and its callers."""

    parts: Parts
    app: Any
    stack: ExitStack

    @property
    def lab(self) -> Lab:
        return self.parts.lab

    def key(self, *scopes: str, **limits: Any) -> str:
        """Make a key and return its text."""
        return api_keys.create(self.lab.ledger, "test", scopes or ("read", "run"), **limits)[1]

    def client(self, key: str | None = None, address: str = "127.0.0.1") -> TestClient:
        """Return a caller; without a key one of this computer."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return TestClient(
            self.app, base_url="http://localhost", headers=headers, client=(address, 5000),
            raise_server_exceptions=False,
        )  # fmt: skip

    def live(self, key: str | None = None) -> TestClient:
        """Return a caller of a server whose crew does jobs."""
        entered: AbstractContextManager[TestClient] = self.client(key)
        return self.stack.enter_context(entered)


MakeApi = Callable[..., Api]


@pytest.fixture(autouse=True)
def few_tools(monkeypatch: pytest.MonkeyPatch, test_tools: None) -> Iterator[None]:
    """A registry that loads quickly."""
    few = {name: place for name, place in registry.BUILT_IN.items() if name.startswith(KEPT)}
    monkeypatch.setattr(registry, "BUILT_IN", few)
    registry.places.cache_clear()
    yield
    registry.places.cache_clear()


@pytest.fixture
def make_api(lab: Lab, home: Any) -> Iterator[MakeApi]:
    """Make servers over the same ledger."""
    with ExitStack() as stack:

        def make(
            limits: Limits | None = None, keyless: bool = True, also: Any = None, **rest: Any
        ) -> Api:
            recall = open_recall(lab, Settings(home=home))
            assistant, campaigns = Echoing(lab), Counting()
            crew = Crew(lab, assistant, campaigns)
            parts = Parts(
                lab=lab, recall=recall, crew=crew, limits=limits or Limits(), campaigns=campaigns,
                assistant=assistant, doorkeeper=Doorkeeper(lab.ledger, keyless=keyless), **rest,
            )  # fmt: skip
            app = make_app(parts, also=[also(parts)] if also else ())
            return Api(parts, app, stack)

        yield make


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    return make_api()
