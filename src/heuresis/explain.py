"""Turn pydantic's complaints into ours: field, what was got, what is allowed."""

from pydantic import ValidationError

MAX_CHARS = 100  # of a wrong value, as it is shown


def wrong_fields(error: ValidationError, top: str) -> list[str]:
    """Return one clause per wrong field, such as "seed: got -1; input should be 0 or more".

    Args:
        error: What pydantic raised.
        top: What to call the whole, for complaints about no field in particular.
    """
    clauses = []
    for item in error.errors(include_url=False):
        place = ".".join(str(part) for part in item["loc"]) or top
        got = "nothing" if item["type"] == "missing" else repr(item["input"])[:MAX_CHARS]
        clauses.append(f"{place}: got {got}; {item['msg'][0].lower()}{item['msg'][1:]}")
    return clauses
