"""A replica asks to be replaced when it hangs, grows or answers nonsense, and not otherwise."""

from heuresis.errors import ServiceError
from heuresis.serving.hosts.ray_serve.health import Health


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _health(clock: Clock, memory_mb: float = 100) -> Health:
    return Health(proof_s=60, recycle_mb=1000, memory_mb=lambda: memory_mb, clock=clock)


def test_a_replica_that_was_never_used_is_not_made_to_load_its_model() -> None:
    clock = Clock()
    health = _health(clock)
    clock.now = 10_000
    assert not health.wants_proof
    assert health.complaint() is None


def test_real_answers_are_proof_enough() -> None:
    clock = Clock()
    health = _health(clock)
    health.answered()
    clock.now = 59
    assert not health.wants_proof
    clock.now = 61
    assert health.wants_proof


def test_a_failure_asks_for_a_proof_at_once_but_not_while_it_works() -> None:
    health = _health(Clock())
    health.failed()
    with health.running():
        assert not health.wants_proof
    assert health.wants_proof
    health.prove(lambda: None)
    assert not health.wants_proof
    assert health.complaint() is None


def test_a_model_that_fails_its_own_question_is_replaced() -> None:
    def question() -> None:
        raise ServiceError("double: got nan")

    health = _health(Clock())
    health.failed()
    health.prove(question)
    assert health.complaint() == "its own question failed: double: got nan"


def test_dear_questions_are_asked_so_rarely_that_they_cost_one_percent() -> None:
    clock = Clock()
    health = _health(clock)

    def question() -> None:
        clock.now += 30

    health.answered()
    clock.now = 61
    health.prove(question)
    clock.now += 2_999
    assert not health.wants_proof
    clock.now += 2
    assert health.wants_proof


def test_a_run_that_hangs_and_memory_above_the_limit_are_told_with_figures() -> None:
    assert _health(Clock(), memory_mb=1500).complaint() == "memory: 1500 MB used, allowed: 1000 MB"
    health = _health(Clock())
    health.hung()
    assert health.complaint() == "1 runs did not end in their time"
