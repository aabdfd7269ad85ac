"""Where things live and which ways are taken: paths, URLs, hosts, limits. Never science."""

import re
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

NAME_OF_SECRET = r"[A-Za-z_][A-Za-z0-9_]{0,63}"


class LlmEndpoint(BaseModel):
    """An OpenAI-compatible server that stands in for one language model."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(
        pattern=r"^https?://[^@\s]+$",
        description="Its address, such as 'https://host/v1', without a login.",
    )
    model: str = Field(default="", description="Name it gives the model; empty: the same name.")
    key_env: str = Field(
        default="",
        description="Name of the secret that is its key, as in `chat_key_env`; never the key.",
    )

    @field_validator("key_env")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        return checked_name(value)


def checked_name(value: str) -> str:
    """Return the name of a secret, or raise ValueError, for example where it is a key itself."""
    if value and not re.fullmatch(NAME_OF_SECRET, value):
        raise ValueError("allowed: the name of an environment variable; a key belongs there")
    return value


class Settings(BaseSettings):
    """Read from the environment (`HEURESIS_…`); values that do not fit are refused."""

    model_config = SettingsConfigDict(env_prefix="HEURESIS_", extra="forbid", frozen=True)

    home: Path = Field(
        default=Path("~/.heuresis"), description="Folder of the ledger, vault, recall and reports."
    )
    ledger_url: str = Field(default="", description="SQL database; empty: SQLite under `home`.")
    vault_url: str = Field(
        default="",
        description="A folder, or 's3://BUCKET/PREFIX' in an object store, whose credentials are "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; empty: a folder under `home`.",
    )
    vault_endpoint_url: str = Field(
        default="", description="Address of an S3-compatible server; empty: Amazon's own."
    )
    recall_url: str = Field(
        default="",
        description="Chroma server, as 'http://localhost:8000', or a folder; empty: embedded under "
        "`home`.",
    )
    host: Literal["inprocess", "ray"] = Field(
        default="inprocess",
        description="Where models run: in each process, or on Ray, shared (`heuresis serve up`).",
    )
    ray_address: str = Field(
        default="",
        description="Ray to use, 'HOST:PORT' or 'auto'; empty: what `heuresis serve up` started.",
    )
    serving_file: str = Field(
        default="",
        description="YAML that says how models are hosted; empty: serving.yaml under `home`, if "
        "there is one.",
    )
    device: str = Field(default="cpu", description="Device of torch models.")
    n_threads: int = Field(default=2, ge=1, description="Threads a model may use.")
    backends: dict[str, str] = Field(
        default_factory=dict, description='Backend by tool, as JSON: {"crystal.relax": "sevennet"}.'
    )
    egress_allowed: tuple[str, ...] = Field(
        default=(),
        description='Addresses of model servers that may be sent pictures, as JSON: ["https://…"].',
    )
    approval_rules: str = Field(
        default="",
        description="File of your own rules of approval, read before the shipped ones; empty: "
        "approval.yaml under `home`, if there is one.",
    )
    approval_session_hours: float = Field(
        default=24.0, gt=0, description="Hours for which an approval for a session holds."
    )
    endpoints: dict[str, str] = Field(
        default_factory=dict,
        description='Address of a model server by tool, as JSON: {"vision.segment": "http://…"}; '
        "for a tool that asks a language model, that model's name.",
    )
    otlp_endpoint: str = Field(
        default="",
        description="OpenTelemetry collector that is told of calls and runs, without inputs, as "
        "'http://localhost:4318'; empty: none.",
    )
    lease_s: float = Field(
        default=30.0, gt=0, description="Seconds after which a silent owner elsewhere is dead."
    )

    vessel_folder: str = Field(
        default="",
        description="Folder of your own ultra-wide-field vessel network: weights.safetensors, "
        "card.json. Empty: none.",
    )

    secrets: str = Field(
        default="",
        description="File of keys, private to you (mode 0600), read where the environment has "
        "none; empty: secrets.yaml under `home`, if there is one.",
    )
    llm_file: str = Field(
        default="",
        description="YAML with language models of your own for `heuresis serve llm`; empty: "
        "llm.yaml under `home`, if there is one.",
    )
    llm_endpoints: dict[str, LlmEndpoint] = Field(
        default_factory=dict,
        description="OpenAI-compatible server by language model, as JSON: "
        '{"intern-s1": {"base_url": "https://…/v1", "model": "…", "key_env": "NAME"}}.',
    )

    chat_model: str = Field(
        default="",
        description="Language model as litellm names it, 'provider/name'; with a base URL also "
        "the bare name its server gives it; or a name of `llm_endpoints`. Empty: none is used.",
    )
    chat_base_url: str = Field(
        default="",
        description="Address of an OpenAI-compatible server, such as 'http://localhost:8000/v1'; "
        "empty: the provider's own.",
    )
    chat_key_env: str = Field(
        default="",
        description="Name of the environment variable, or of the entry in the file of secrets, "
        "that holds the key; never the key itself.",
    )
    chat_timeout_s: float = Field(
        default=120.0, gt=0, description="Seconds after which a silent language model has failed."
    )

    turn_steps: int = Field(default=60, ge=1, description="Most steps for one question.")
    turn_calls: int = Field(
        default=1_000, ge=1, description="Most requests to tools for one question."
    )
    turn_seconds: float = Field(
        default=1_800.0, gt=0, description="Longest time of steps and replies for one question."
    )
    turn_tokens: int = Field(
        default=200_000, ge=1, description="Most tokens of a language model for one question."
    )
    turn_money_usd: float = Field(
        default=1.0, gt=0, description="Most US dollars for a language model for one question."
    )
    turn_repeats: int = Field(
        default=3, ge=1, description="How often the same call may come to the same result."
    )
    turn_questions: int = Field(
        default=25, ge=1, description="Most questions to a language model for one question."
    )

    @model_validator(mode="after")
    def _home_is_absolute(self) -> Self:
        object.__setattr__(self, "home", self.home.expanduser().resolve())
        return self

    @field_validator("chat_key_env")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        return checked_name(value)

    @property
    def ledger(self) -> str:
        """URL of the ledger with the default filled in."""
        return self.ledger_url or f"sqlite:///{self.home / 'ledger.sqlite3'}"

    @property
    def vault(self) -> str:
        """URL of the vault with the default filled in."""
        return self.vault_url or str(self.home / "vault")

    @property
    def recall(self) -> str:
        """Folder or URL of the recall index with the default filled in."""
        return self.recall_url or str(self.home / "recall")

    @property
    def own_rules(self) -> Path:
        """File of the person's own rules of approval; it need not exist."""
        return (
            Path(self.approval_rules).expanduser()
            if self.approval_rules
            else (self.home / "approval.yaml")
        )

    @property
    def secrets_file(self) -> Path:
        """The private file of secrets; it need not exist."""
        return Path(self.secrets).expanduser() if self.secrets else self.home / "secrets.yaml"

    @property
    def own_models(self) -> Path:
        """File of the person's own language models; it need not exist."""
        return Path(self.llm_file).expanduser() if self.llm_file else self.home / "llm.yaml"

    @property
    def checkpoints(self) -> Path:
        """SQLite file of the graph checkpoints."""
        return self.home / "checkpoints.sqlite3"


@cache
def get_settings() -> Settings:
    """Read the settings once per process."""
    return Settings()
