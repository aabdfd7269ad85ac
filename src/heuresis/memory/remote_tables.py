"""Tables of the API: who may call, what is theirs, and the jobs that wait, run or are done."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class ApiKey(SQLModel, table=True):
    """Somebody who may call; the secret itself is nowhere."""

    __tablename__ = "api_key"
    id: str = Field(primary_key=True, max_length=26, description="ULID; the readable part.")
    name: str = Field(description="What a person calls it.")
    secret_digest: str = Field(max_length=64, description="sha256 of 256 random bits.")
    scopes: str = Field(description="read run campaign admin, joined by blanks.")
    calls_per_minute: int = Field(description="Requests of any kind.")
    runs_per_day: int | None = Field(default=None, description="Requests to tools; null: any.")
    created_at: str
    revoked_at: str | None = None


class KeyUse(SQLModel, table=True):
    """How much of its daily quota a key has used."""

    __tablename__ = "key_use"
    key_id: str = Field(primary_key=True, foreign_key="api_key.id")
    day: str = Field(primary_key=True, description="UTC date.")
    n_runs: int


class Owned(SQLModel, table=True):
    """Something that a caller of the API began, so that it is shown to nobody else."""

    kind: str = Field(primary_key=True, description="session | campaign | file")
    ref: str = Field(primary_key=True, description="Id, or digest of a file.")
    key_id: str = Field(primary_key=True, index=True)
    at: str


class Reserved(SQLModel, table=True):
    """The id of what an idempotency key stands for, written before it is made."""

    key_id: str = Field(primary_key=True)
    idempotency_digest: str = Field(primary_key=True, max_length=64)
    body_digest: str = Field(max_length=64, description="sha256 of method, path and body.")
    ref: str = Field(description="Id of what is made, or was.")
    at: str = Field(index=True)


class Job(SQLModel, table=True):
    """Work that outlives the request, and the process, that asked for it."""

    __table_args__ = (Index("ix_job_open", "status", "id"),)
    id: str = Field(primary_key=True, max_length=26, description="ULID.")
    kind: str = Field(description="tool | turn | campaign")
    key_id: str = Field(index=True)
    channel: str = Field(description="http | mcp")
    body: str = Field(description="What to do, as JSON.")
    status: str = Field(description="queued | running | waiting | done | cancelled | failed")
    reason: str = ""
    n_total: int = Field(description="Parts it has; 0 where nobody knows.")
    n_done: int = 0
    is_cancelled: bool = Field(default=False, description="Somebody asked to stop.")
    owner: str = ""
    lease_until: float = 0.0
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    kept_until: float | None = Field(default=None, index=True, description="Unix seconds.")


class JobEvent(SQLModel, table=True):
    """Something that happened to a job; read again by whoever comes later."""

    __tablename__ = "job_event"
    __table_args__ = (UniqueConstraint("job_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    job_id: str = Field(foreign_key="job.id")
    number: int = Field(description="1, 2, ... within the job.")
    name: str = Field(description="queued | started | progressed | cancelled | done | failed | …")
    body: str = Field(description="JSON.")
    at: str
