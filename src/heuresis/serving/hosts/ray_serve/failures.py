"""What Ray and Serve raise, told in our words: who failed, and whether it is worth trying again."""

from heuresis.errors import HeuresisError, ServiceError
from heuresis.serving.host import TimedOutError
from heuresis.serving.hosts.ray_serve.address import Address


def told(error: BaseException, address: Address, call_s: float) -> HeuresisError:
    """Return the error that a caller gets.

    Args:
        error: What was raised.
        address: Of the deployment that was called.
        call_s: What a call of it took lately, in seconds; 0 where none is known.
    """
    from ray import exceptions as ray_errors
    from ray.serve import exceptions as serve_errors

    who = f"backend {address.backend!r} of {address.tool!r} on Ray"
    if is_queue_full(error):
        return ServiceError(f"{who}: {_queue(error, call_s)}", transient=True)
    if isinstance(error, ray_errors.RayTaskError):  # our own code on the replica: a bug
        return ServiceError(f"{who}: {str(error).strip().splitlines()[-1]}")
    if isinstance(error, serve_errors.RayServeException | ray_errors.RayError):
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        return ServiceError(f"{who}: the replica was lost: {first}", transient=True)
    if isinstance(error, TimeoutError):
        return TimedOutError(f"{who}: no answer")
    return ServiceError(f"{who}: {type(error).__name__}: {error}")


def is_queue_full(error: BaseException) -> bool:
    """Whether Serve refused a call because too many wait."""
    from ray.serve.exceptions import BackPressureError

    return isinstance(error, BackPressureError)


def _queue(error: BaseException, call_s: float) -> str:
    n_waiting = error.args[0] if error.args else "many"
    text = f"its queue is full: {n_waiting} calls of this process wait before yours"
    if call_s and isinstance(n_waiting, int):
        text += f", about {n_waiting * call_s:.0f} s at {call_s:.2g} s a call"
    return f"{text}; ask again later"
