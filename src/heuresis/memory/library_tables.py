"""Tables of screened libraries: what was asked of each, and the parts that are done."""

from sqlmodel import Field, SQLModel


class LibraryPlan(SQLModel, table=True):
    """Everything that decides the result of a shard, apart from its records."""

    __tablename__ = "library_plan"
    digest: str = Field(primary_key=True, max_length=64, description="sha256 of `plan`.")
    plan: str = Field(description="JSON: tools, versions, weights, rules, expression, columns.")
    created_at: str


class LibraryShard(SQLModel, table=True):
    """A part of a library that is done: written once, with its file in place before."""

    __tablename__ = "library_shard"
    digest: str = Field(primary_key=True, max_length=64, description="Of plan and records.")
    plan_digest: str = Field(foreign_key="library_plan.digest", index=True)
    n_records: int
    n_kept: int = Field(description="Records that pass the expression.")
    n_stored: int = Field(description="Rows in the file; fewer than kept where only the best are.")
    failures: str = Field(description="JSON: number of records by reason.")
    file_digest: str = Field(max_length=64, description="sha256 of the file.")
    folder: str = Field(description="Where it was written first.")
    attempt: int = Field(default=1, description="2 and more: the file was lost or altered.")
    seconds: float
    code_version: str
    at: str
