"""Every table of the ledger: what was run, what came out, what is believed and why."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from heuresis.memory import (
    library_tables,  # noqa: F401  # its tables join the same metadata
    remote_tables,  # noqa: F401  # as above
)
from heuresis.memory.postgres import BIG

RUNNING = "running"


class Run(SQLModel, table=True):
    """One execution of one tool on one request; a row is never changed after it has ended."""

    __table_args__ = (UniqueConstraint("key", "attempt"),)
    id: str = Field(primary_key=True, max_length=26, description="ULID.")
    key: str = Field(index=True, max_length=64, description="sha256 over all that decides it.")
    attempt: int = Field(description="1, or more where earlier attempts failed.")
    tool: str = Field(index=True)
    tool_version: str
    backend: str
    weights_digest: str
    request: str = Field(description="Canonical JSON.")
    seed: int = Field(sa_type=BIG)
    status: str = Field(index=True)
    reason: str = ""
    error_kind: str = Field(default="", description="request | domain | service, or empty.")
    response: str | None = Field(default=None, description="JSON; null without an answer.")
    origin: str = Field(description="Who caused it first, such as 'campaign:ID:3:validate'.")
    code_version: str
    owner: str = Field(description="host:pid:start of the process that runs it.")
    lease_until: float = Field(description="Unix seconds; for owners on other hosts.")
    started_at: str
    ended_at: str | None = None
    seconds: float | None = None


class Call(SQLModel, table=True):
    """Somebody asked and got this run, fresh or cached; once per origin and run."""

    __table_args__ = (UniqueConstraint("origin", "run_id"),)
    id: int | None = Field(default=None, primary_key=True)
    origin: str = Field(index=True)
    run_id: str = Field(foreign_key="run.id", index=True)
    campaign_id: str | None = Field(default=None, index=True)
    session_id: str | None = Field(default=None, index=True)
    cached: bool
    at: str


class QuantityRow(SQLModel, table=True):
    """One number of one run, with unit and uncertainty: the only place a number is kept."""

    __tablename__ = "quantity"
    __table_args__ = (UniqueConstraint("run_id", "path"),)
    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id")
    path: str = Field(index=True)
    value: float = Field(index=True, description="In `unit`.")
    unit: str
    std: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    no_uncertainty: str | None = None


class ArtifactRow(SQLModel, table=True):
    """A file that a run made; the bytes are in the vault."""

    __tablename__ = "artifact"
    __table_args__ = (UniqueConstraint("run_id", "path"),)
    id: int | None = Field(default=None, primary_key=True)
    run_id: str = Field(foreign_key="run.id")
    path: str
    name: str
    media_type: str
    digest: str = Field(index=True)
    n_bytes: int = Field(sa_type=BIG)


class Source(SQLModel, table=True):
    """An item from outside: a document, a structure file, a table."""

    id: str = Field(primary_key=True)
    name: str
    version: str
    digest: str = Field(index=True)
    licence: str = Field(default="unknown", description="'unknown' blocks export.")
    at: str


class Original(SQLModel, table=True):
    """A file as it came from outside, names and all; its bytes leave by permission only."""

    __table_args__ = (UniqueConstraint("digest", "name_digest"),)
    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(index=True, description="Of the bytes, in the vault.")
    name_digest: str = Field(description="sha256 over digest and file name; names hold names.")
    suffix: str = Field(description="Of the file name, if it is one of known formats.")
    media_type: str
    n_bytes: int = Field(sa_type=BIG)
    origin: str = Field(description="Who brought it first.")
    at: str


class Document(SQLModel, table=True):
    """A text, table or structure file, read once by one reader; its bytes are in the vault."""

    __table_args__ = (UniqueConstraint("digest", "reader"),)
    id: str = Field(primary_key=True, max_length=26, description="ULID.")
    digest: str = Field(index=True, description="Of the bytes, in the vault.")
    reader: str = Field(description="Who read it, with version, such as 'pdf-1'.")
    kind: str = Field(description="pdf | text | table | molecules | crystals")
    unit: str = Field(description="What its places count: page | line | row | record | block")
    n_places: int = Field(description="How many of these it has.")
    n_bytes: int = Field(sa_type=BIG)
    notes: str = Field(description="Sentences on what was assumed or not read, as JSON.")
    n_wrong: int = Field(description="Rows, records or blocks that could not be read.")
    origin: str = Field(description="Who brought it first.")
    at: str


class Passage(SQLModel, table=True):
    """A stretch of a document that is quoted and searched, with its place."""

    __table_args__ = (UniqueConstraint("document_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    document_id: str = Field(foreign_key="document.id")
    number: int = Field(description="From 1, in order.")
    first: int = Field(description="Page, line, row, record or block where it begins.")
    last: int = Field(description="Where it ends; the same for a page.")
    text: str = Field(description="Quoted byte for byte.")


class DocumentItem(SQLModel, table=True):
    """A molecule or crystal that a document holds, or why one of its rows gave none."""

    __tablename__ = "document_item"
    __table_args__ = (UniqueConstraint("document_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    document_id: str = Field(foreign_key="document.id")
    number: int = Field(description="From 1, in order.")
    place: int = Field(description="Page, line, row, record or block.")
    label: str = Field(description="Its name there, or its structure, cleaned.")
    carrier: str = Field(description="smiles | text | crystal; empty where it is wrong.")
    value: str = Field(description="SMILES, InChI, name or CIF text.")
    facts: str = Field(description="Other columns or properties, as JSON.")
    wrong: str = Field(default="", description="Why it could not be read.")


class DocumentEvent(SQLModel, table=True):
    """A document was added or withdrawn; the last event holds."""

    __tablename__ = "document_event"
    id: int | None = Field(default=None, primary_key=True)
    document_id: str = Field(foreign_key="document.id", index=True)
    status: str = Field(description="added | withdrawn")
    reason: str
    at: str


class Session(SQLModel, table=True):
    """A conversation; a fork begins with the turns of another up to a message."""

    id: str = Field(primary_key=True)
    title: str
    forked_from: str | None = Field(default=None, index=True)
    forked_at: str | None = Field(default=None, description="Last message that the fork shares.")
    at: str


class Message(SQLModel, table=True):
    """One turn of a session; its numbers are references."""

    id: str = Field(primary_key=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    answers_id: str | None = Field(default=None, description="The message it answers.")
    author: str = Field(description="person | assistant")
    body: str
    facts: str = Field(default="{}", description="JSON: attachments of a person, sources of ours.")
    at: str


class TurnStage(SQLModel, table=True):
    """What one stage of answering a message came to; written once, read back after a crash."""

    __tablename__ = "turn_stage"
    __table_args__ = (UniqueConstraint("message_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(foreign_key="message.id")
    name: str = Field(description="understand | plan | approve | step s1, ... | check")
    body: str = Field(description="JSON.")
    at: str


class ApprovalRequest(SQLModel, table=True):
    """A call that waits, or waited, for a person's word; holds no argument of it."""

    __tablename__ = "approval_request"
    __table_args__ = (UniqueConstraint("asker", "coverage", "arguments", "turn"),)
    id: str = Field(primary_key=True)
    asker: str = Field(description="Step of a session, or the way in of a remote caller.")
    coverage: str = Field(description="Digest of rule, party, tool, backend and server.")
    arguments: str = Field(description="Digest of what is asked of the tool.")
    turn: int = Field(description="0, or more where earlier approvals of the same were used.")
    session_id: str | None = Field(default=None, index=True)
    message_id: str | None = None
    tool: str
    backend: str
    rule_id: str
    text: str = Field(description="What a person reads.")
    at: str


class Approval(SQLModel, table=True):
    """A person allowed or denied something, for a scope; a revocation is a row that names it."""

    id: str = Field(primary_key=True)
    rule_id: str = Field(index=True)
    subject: str = Field(index=True, description="Digest of what a wider scope covers.")
    scope: str = Field(description="once | session | always | denied | revoked")
    session_id: str | None = None
    who: str
    revokes_id: str | None = Field(default=None, index=True)
    request_id: str | None = Field(default=None, index=True, description="What was asked.")
    why: str = Field(default="", description="The person's words.")
    at: str


class ApprovalUse(SQLModel, table=True):
    """The one call that took an approval that holds once."""

    __tablename__ = "approval_use"
    approval_id: str = Field(primary_key=True, foreign_key="approval.id")
    origin: str = Field(description="Of the call, which may take it again after a crash.")
    at: str


class PolicyEvent(SQLModel, table=True):
    """A screen said something other than ok, or could not run."""

    __tablename__ = "policy_event"
    __table_args__ = (UniqueConstraint("origin", "tool", "phase", "subject", "rule_id"),)
    id: int | None = Field(default=None, primary_key=True)
    origin: str = Field(index=True)
    tool: str
    phase: str = Field(description="before | egress | after | candidate | approval:…")
    level: str = Field(description="ok (of what left) | review | blocked")
    rule_id: str
    reason: str
    subject: str = Field(description="Digest of the subject, never the subject.")
    rules_digest: str
    at: str


class Campaign(SQLModel, table=True):
    """A goal pursued under a budget; the resolved file is kept with it."""

    id: str = Field(primary_key=True)
    name: str
    goal: str
    kind: str
    seed: int = Field(sa_type=BIG)
    spec: str = Field(description="The resolved campaign file as JSON.")
    spec_digest: str
    cards: str = Field(description="Versions, backends and digests of its tools, as JSON.")
    code_version: str
    status: str = Field(default=RUNNING, description="running | done")
    stop_reason: str | None = Field(
        default=None, description="goal met | budget | no candidate | patience | person | error"
    )
    owner: str = ""
    started_at: str
    ended_at: str | None = None


class Round(SQLModel, table=True):
    """One turn of the loop."""

    __table_args__ = (UniqueConstraint("campaign_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    campaign_id: str = Field(foreign_key="campaign.id")
    number: int
    at: str


class Stage(SQLModel, table=True):
    """What one stage of a round decided; an empty one has a reason."""

    __table_args__ = (UniqueConstraint("campaign_id", "round", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    campaign_id: str = Field(foreign_key="campaign.id")
    round: int
    name: str
    body: str = Field(description="JSON.")
    reason: str = ""
    at: str


class Candidate(SQLModel, table=True):
    """Something proposed in a round, and by what."""

    __table_args__ = (UniqueConstraint("campaign_id", "digest"),)
    id: str = Field(primary_key=True)
    campaign_id: str = Field(foreign_key="campaign.id", index=True)
    round: int
    kind: str
    form: str = Field(description="Canonical SMILES, or CIF text.")
    digest: str = Field(index=True, description="sha256 of the form.")
    parents: str = Field(description="Digests of the forms it came from, as JSON.")
    proposer: str
    operator: str
    expected: float | None = Field(default=None, description="Utility the surrogate expected.")
    retest: str = ""
    at: str


class GateResult(SQLModel, table=True):
    """The verdict of one gate on one candidate, with its reason."""

    __tablename__ = "gate_result"
    __table_args__ = (UniqueConstraint("candidate_id", "gate"),)
    id: int | None = Field(default=None, primary_key=True)
    candidate_id: str = Field(foreign_key="candidate.id")
    gate: str = Field(index=True)
    passed: bool
    reason: str
    run_id: str | None = Field(default=None, foreign_key="run.id")
    at: str


class Measurement(SQLModel, table=True):
    """What a run says about a candidate; the number itself is in quantity."""

    __table_args__ = (UniqueConstraint("candidate_id", "objective", "run_id", "path"),)
    id: int | None = Field(default=None, primary_key=True)
    candidate_id: str = Field(foreign_key="candidate.id")
    objective: str = Field(index=True, description="Name in the campaign file.")
    run_id: str = Field(foreign_key="run.id", index=True)
    path: str = Field(description="Place of the quantity in the response.")
    corrects_id: int | None = Field(default=None, foreign_key="measurement.id", index=True)
    at: str


class Claim(SQLModel, table=True):
    """A sentence about the world that evidence can support or refute."""

    id: str = Field(primary_key=True)
    text: str
    subject: str = Field(index=True)
    predicate: str
    data_kind: str
    knowledge_level: str
    domain: str
    author: str
    test: str = Field(default="", description="What a run must show, as JSON; empty: by hand.")
    recheck_after: str = Field(description="UTC date, or 'never: reason'.")
    supersedes_id: str | None = Field(default=None, foreign_key="claim.id", index=True)
    at: str


class ClaimEvent(SQLModel, table=True):
    """A change of a claim's status; the last one holds."""

    __tablename__ = "claim_event"
    id: int | None = Field(default=None, primary_key=True)
    claim_id: str = Field(foreign_key="claim.id", index=True)
    status: str = Field(description="proposed | supported | refuted | superseded | stale")
    reason: str
    at: str


class Evidence(SQLModel, table=True):
    """A run that speaks for or against a claim."""

    __table_args__ = (UniqueConstraint("claim_id", "run_id", "path"),)
    id: int | None = Field(default=None, primary_key=True)
    claim_id: str = Field(foreign_key="claim.id")
    run_id: str = Field(foreign_key="run.id", index=True)
    path: str
    stance: str = Field(description="supports | contradicts")
    at: str


class Outbox(SQLModel, table=True):
    """Text that waits to be indexed for recall, written with the row it speaks of."""

    __table_args__ = (UniqueConstraint("kind", "ref"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(description="run | candidate | claim | card | source | passage")
    ref: str = Field(description="Id of the row.")
    text: str
    facts: str = Field(description="Metadata for filters, as JSON.")
    indexed: bool = Field(default=False, index=True)
