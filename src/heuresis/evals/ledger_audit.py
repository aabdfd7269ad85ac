"""Does a campaign's record keep the promises R1 to R10? Asked of the ledger alone, yes or no.

The statements are our reading of the closed-loop demands of the scientific-LLM survey
(arXiv 2508.21148). A statement about something that does not exist yet is listed as such, by name.
"""

import json
from collections.abc import Callable
from typing import Any, Literal, get_args

from pydantic import Field
from sqlalchemy import Connection, func, or_, select

from heuresis.contract import Frozen
from heuresis.evals.audit_scope import Scope, open_scope
from heuresis.memory import campaigns, claims
from heuresis.memory.campaigns import CANDIDATE, GATE, MEASUREMENT, ROUND, STAGE, STAGES
from heuresis.memory.claims import CLAIM, EVENT, EVIDENCE
from heuresis.memory.ledger import Ledger
from heuresis.memory.runs import CALL, QUANTITY, RUN
from heuresis.tools import registry

STOP_REASONS = {"goal met", "budget", "no candidate", "patience", "person", "error"}
NEGATIVE = ("empty", "out_of_domain", "blocked", "failed")

LATER = {
    "R1.5": "documents from outside are not read yet",
    "R1.6": "answers in words are not written yet; a report's numbers are checked by its tests",
    "R4.3": "calibration is measured by the accuracy evals, not by a campaign's ledger",
    "R5.1": "measured by loop_ablation over seeds, not by one ledger",
    "R5.2": "measured by loop_ablation over seeds, not by one ledger",
    "R6.1": "claims are not promoted between knowledge levels yet",
    "R6.2": "claims are not promoted between knowledge levels yet",
    "R7.2": "measured by replay_audit on another folder",
    "R9.1": "a person who starts a campaign allows its calls; review-level candidates do not pass",
    "R9.3": "approvals belong to sessions; a campaign that a person starts asks for none",
}


class Finding(Frozen):
    """One statement, judged."""

    statement: str = Field(description="Id, such as 'R1.1'.")
    says: str = Field(description="The statement in words.")
    verdict: Literal["pass", "fail", "not yet applicable"] = Field(description="Yes or no.")
    reason: str = Field(default="", description="Why it is not applicable.")
    offending: tuple[str, ...] = Field(default=(), description="Ids of rows that break it.")


Check = Callable[[Connection, Scope], list[str]]
_CHECKS: dict[str, tuple[str, Check]] = {}


def _statement(name: str, says: str) -> Callable[[Check], Check]:
    def keep(check: Check) -> Check:
        _CHECKS[name] = (says, check)
        return check

    return keep


def audit(ledger: Ledger, campaign_id: str) -> list[Finding]:
    """Judge every statement on one campaign; 'every' means zero exceptions.

    Raises:
        RequestError: No such campaign.
    """
    campaign = campaigns.get(ledger, campaign_id)
    with ledger.read() as connection:
        scope = open_scope(connection, campaign)
        found = [
            Finding(
                statement=name,
                says=says,
                verdict="fail" if (rows := check(connection, scope)) else "pass",
                offending=tuple(rows[:20]),
            )
            for name, (says, check) in _CHECKS.items()
        ]
    later = [
        Finding(statement=name, says="", verdict="not yet applicable", reason=reason)
        for name, reason in LATER.items()
    ]
    return sorted([*found, *later], key=lambda one: _order(one.statement))


def _order(statement: str) -> tuple[int, int]:
    major, _, minor = statement[1:].partition(".")
    return int(major), int(minor)


@_statement("R1.1", "every run has tool, version, backend, weights digest, request, seed, times")
def _runs_say_what_they_are(connection: Connection, scope: Scope) -> list[str]:
    names = ("tool", "tool_version", "backend", "weights_digest", "request", "started_at", "status")
    bad = or_(
        *(RUN.c[name] == "" for name in names), RUN.c.ended_at.is_(None), RUN.c.seed.is_(None)
    )
    return list(connection.scalars(select(RUN.c.id).where(RUN.c.id.in_(scope.runs), bad)))


@_statement("R1.2", "every quantity has a unit, and its uncertainty or the reason for none")
def _quantities_are_complete(connection: Connection, scope: Scope) -> list[str]:
    silent = (
        QUANTITY.c.std.is_(None)
        & QUANTITY.c.low.is_(None)
        & func.coalesce(QUANTITY.c.no_uncertainty, "").__eq__("")
    )
    query = select(QUANTITY.c.id).where(
        QUANTITY.c.run_id.in_(scope.runs), or_(QUANTITY.c.unit == "", silent)
    )
    return [f"quantity {row}" for row in connection.scalars(query)]


@_statement(
    "R1.3", "every card has licences, training data with licence and split, citation, domain"
)
def _cards_are_complete(_: Connection, scope: Scope) -> list[str]:
    cards = [registry.load(tool).card for tool in scope.tools]
    return [
        card.name
        for card in cards
        if not (card.licence_code and card.licence_weights and card.citations and card.domain)
        or any(not (data.licence and data.split) for data in card.training_data)
    ]


@_statement("R1.4", "every claim has data kind, knowledge level, domain, subject, author, status")
def _claims_are_complete(connection: Connection, _: Scope) -> list[str]:
    kinds, levels = get_args(claims.DataKind), get_args(claims.KnowledgeLevel)
    without = ~select(EVENT.c.id).where(EVENT.c.claim_id == CLAIM.c.id).exists()
    wrong = or_(
        CLAIM.c.data_kind.not_in(kinds),
        CLAIM.c.knowledge_level.not_in(levels),
        *(CLAIM.c[name] == "" for name in ("domain", "subject", "predicate", "author", "at")),
        without,
    )
    return list(connection.scalars(select(CLAIM.c.id).where(wrong)))


@_statement("R2.1", "every negative run is kept, with its reason, and no call lacks its run")
def _negatives_are_kept(connection: Connection, scope: Scope) -> list[str]:
    silent = select(RUN.c.id).where(
        RUN.c.id.in_(scope.runs), RUN.c.status.in_(NEGATIVE), RUN.c.reason == ""
    )
    lost = (
        select(CALL.c.id)
        .outerjoin(RUN, RUN.c.id == CALL.c.run_id)
        .where(CALL.c.campaign_id == scope.campaign.id, RUN.c.id.is_(None))
    )
    return [*connection.scalars(silent), *(f"call {row}" for row in connection.scalars(lost))]


@_statement("R2.2", "every candidate keeps the verdict of each gate that judged it")
def _candidates_keep_verdicts(connection: Connection, scope: Scope) -> list[str]:
    judged = select(GATE.c.candidate_id)
    query = select(CANDIDATE.c.id).where(
        CANDIDATE.c.campaign_id == scope.campaign.id, CANDIDATE.c.id.not_in(judged)
    )
    return list(connection.scalars(query)) if scope.is_done else []


@_statement("R2.3", "nothing known is proposed again without a reason")
def _nothing_is_repeated(connection: Connection, scope: Scope) -> list[str]:
    earlier = (
        select(CANDIDATE.c.digest)
        .join(MEASUREMENT, MEASUREMENT.c.candidate_id == CANDIDATE.c.id)
        .where(CANDIDATE.c.at < scope.campaign.started_at)
    )
    query = select(CANDIDATE.c.id).where(
        CANDIDATE.c.campaign_id == scope.campaign.id,
        CANDIDATE.c.digest.in_(earlier),
        CANDIDATE.c.retest == "",
    )
    warm = json.loads(scope.campaign.spec)["warm_start"]
    return list(connection.scalars(query)) if warm else []


@_statement("R2.4", "calls are counted by status, and the counts add up")
def _counts_add_up(connection: Connection, scope: Scope) -> list[str]:
    query = (
        select(RUN.c.status, func.count())
        .join(CALL, CALL.c.run_id == RUN.c.id)
        .where(CALL.c.campaign_id == scope.campaign.id)
        .group_by(RUN.c.status)
    )
    n_counted = sum(n for _, n in connection.execute(query))
    total = select(func.count()).where(CALL.c.campaign_id == scope.campaign.id)
    n_calls = int(connection.execute(total).scalar_one())
    return [] if n_counted == n_calls else [f"{n_calls} calls, {n_counted} with a status"]


@_statement("R3.1", "every round has its nine stages; an empty one has a reason")
def _rounds_have_stages(connection: Connection, scope: Scope) -> list[str]:
    rows = connection.execute(select(STAGE).where(STAGE.c.campaign_id == scope.campaign.id))
    found: dict[int, set[str]] = {}
    silent = []
    for row in rows:
        found.setdefault(row.round, set()).add(row.name)
        if row.body in ("{}", "null") and not row.reason:
            silent.append(f"round {row.round}: {row.name} is empty without a reason")
    numbers = connection.scalars(
        select(ROUND.c.number).where(ROUND.c.campaign_id == scope.campaign.id)
    )
    gaps = [
        f"round {number}: no {name}"
        for number in numbers
        for name in STAGES
        if scope.is_done and name not in found.get(number, set())
    ]
    return silent + gaps


@_statement("R3.2", "the stop reason is one of six, and each round says what budget is left")
def _stop_is_reasoned(connection: Connection, scope: Scope) -> list[str]:
    wrong = scope.is_done and scope.campaign.stop_reason not in STOP_REASONS
    rows = connection.execute(
        select(STAGE.c.round, STAGE.c.body).where(
            STAGE.c.campaign_id == scope.campaign.id, STAGE.c.name == "decision"
        )
    )
    silent = [f"round {row.round}" for row in rows if "left" not in json.loads(row.body)]
    return [str(scope.campaign.stop_reason)] * wrong + silent


@_statement("R3.3", "no run key was executed twice with success")
def _no_run_twice(connection: Connection, scope: Scope) -> list[str]:
    query = (
        select(RUN.c.key)
        .where(RUN.c.id.in_(scope.runs), RUN.c.status.in_(["ok", "partial", "empty"]))
        .group_by(RUN.c.key)
        .having(func.count() > 1)
    )
    return list(connection.scalars(query))


@_statement("R4.1", "no candidate is judged by the model that proposed it")
def _validators_are_independent(connection: Connection, scope: Scope) -> list[str]:
    proposers = set(
        connection.scalars(
            select(CANDIDATE.c.proposer).where(CANDIDATE.c.campaign_id == scope.campaign.id)
        )
    )
    judges = set(connection.scalars(select(RUN.c.tool).where(RUN.c.id.in_(scope.runs))))
    return sorted(proposers & judges)


@_statement("R4.2", "at least one rule or physics check stands on the ladder")
def _a_rule_is_on_the_ladder(connection: Connection, scope: Scope) -> list[str]:
    ruled = (
        select(func.count())
        .select_from(GATE)
        .join(CANDIDATE, CANDIDATE.c.id == GATE.c.candidate_id)
        .outerjoin(RUN, RUN.c.id == GATE.c.run_id)
        .where(CANDIDATE.c.campaign_id == scope.campaign.id)
        .where(or_(GATE.c.run_id.is_(None), RUN.c.weights_digest.startswith("program:")))
    )
    return [] if int(connection.execute(ruled).scalar_one()) else [scope.campaign.id]


@_statement("R4.4", "a written name passed a round trip by another program")
def _names_are_read_back(connection: Connection, scope: Scope) -> list[str]:
    query = select(RUN.c.id, RUN.c.response).where(
        RUN.c.id.in_(scope.runs), RUN.c.tool == "molecule.name", RUN.c.status == "ok"
    )
    return [row.id for row in connection.execute(query) if not json.loads(row.response).get("name")]


@_statement("R5.3", "a claim with evidence against it is refuted or superseded")
def _contradictions_count(connection: Connection, _: Scope) -> list[str]:
    against = select(EVIDENCE.c.claim_id).where(EVIDENCE.c.stance == "contradicts").distinct()
    return [
        claim_id
        for claim_id in connection.scalars(against)
        if claims.status_of(connection, claim_id) not in ("refuted", "superseded")
    ]


@_statement("R6.3", "evidence on both sides leaves a record that names the conflict")
def _conflicts_are_named(connection: Connection, _: Scope) -> list[str]:
    both = (
        select(EVIDENCE.c.claim_id)
        .group_by(EVIDENCE.c.claim_id)
        .having(func.count(EVIDENCE.c.stance.distinct()) > 1)
    )
    named = select(EVENT.c.claim_id).where(EVENT.c.reason.contains("conflict"))
    return [one for one in connection.scalars(both) if one not in set(connection.scalars(named))]


@_statement("R7.1", "every claim says when to look again, or why never")
def _claims_expire(connection: Connection, _: Scope) -> list[str]:
    return list(connection.scalars(select(CLAIM.c.id).where(CLAIM.c.recheck_after == "")))


@_statement("R7.3", "a superseded claim names its successor and still answers by id")
def _successors_are_named(connection: Connection, _: Scope) -> list[str]:
    turned = select(EVENT.c.claim_id).where(EVENT.c.status == "superseded")
    heirs = set(connection.scalars(select(CLAIM.c.supersedes_id)))
    return [one for one in connection.scalars(turned) if one not in heirs]


@_statement("R8.1", "the process score can be computed from the ledger")
def _process_is_scorable(connection: Connection, scope: Scope) -> list[str]:
    rounds = select(func.count()).where(ROUND.c.campaign_id == scope.campaign.id)
    return [] if int(connection.execute(rounds).scalar_one()) else [scope.campaign.id]


@_statement("R8.2", "process and outcome are never added up")
def _scores_stay_apart(connection: Connection, scope: Scope) -> list[str]:
    rows = connection.execute(select(STAGE).where(STAGE.c.campaign_id == scope.campaign.id))
    return [str(row.id) for row in rows if "process" in row.body and "outcome" in row.body]


@_statement("R9.2", "every block is a policy event")
def _blocks_are_logged(connection: Connection, scope: Scope) -> list[str]:
    from heuresis.memory.policy_log import EVENT as POLICY

    logged = set(
        connection.scalars(select(POLICY.c.origin).where(POLICY.c.origin.startswith(scope.origin)))
    )
    blocked = select(RUN.c.id, RUN.c.origin).where(
        RUN.c.id.in_(scope.runs), RUN.c.status == "blocked"
    )
    return [row.id for row in connection.execute(blocked) if row.origin not in logged]


@_statement("R10.1", "the campaign ran without a language model")
def _no_model_was_needed(connection: Connection, scope: Scope) -> list[str]:
    query = select(CANDIDATE.c.id).where(
        CANDIDATE.c.campaign_id == scope.campaign.id, CANDIDATE.c.proposer == "llm"
    )
    return list(connection.scalars(query))


@_statement("R10.2", "judges share no weights with the proposer")
def _roles_share_no_weights(connection: Connection, scope: Scope) -> list[str]:
    return _validators_are_independent(connection, scope)


def as_rows(findings: list[Finding]) -> list[dict[str, Any]]:
    """Return findings as plain rows."""
    return [finding.model_dump(mode="json") for finding in findings]
