"""Validates a crate with the CRS4 validator, without a network; run by a Python that has it.

`python official_validator.py CRATE CONTEXT PROFILE SEVERITY` prints a JSON list of what is wrong.
The validator asks the network for one document, the JSON-LD context of RO-Crate 1.1; CONTEXT is
that document as a file.
"""

import json
import sys
from pathlib import Path
from typing import Any

from requests import Response
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

URL = "https://w3id.org/ro/crate/1.1/context"


def main(crate: str, context: str, profile: str, severity: str) -> None:
    text = Path(context).read_bytes()

    def get(_: Any, url: str, **__: Any) -> Response:
        if url != URL:
            raise RuntimeError(f"asked for {url}, allowed: {URL}")
        answer = Response()
        answer.status_code, answer.url = 200, url
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content = text
        return answer

    HttpRequester.get = get
    settings = services.ValidationSettings(
        rocrate_uri=models.URI(crate),
        profile_identifier=profile,
        requirement_severity=models.Severity[severity],
    )
    result = services.validate(settings)
    issues = [
        [issue.severity.name, issue.check.identifier, issue.message, str(issue.violatingEntity)]
        for issue in result.get_issues()
    ]
    print("RESULT " + json.dumps({"passed": result.passed(), "issues": issues}))


if __name__ == "__main__":
    main(*sys.argv[1:])
