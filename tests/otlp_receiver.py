"""A collector of OpenTelemetry traces on localhost, for tests: it keeps what it is sent."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Takes spans over HTTP, as a real collector does."""

    def __init__(self) -> None:
        bodies = self.bodies = []  # type: list[tuple[str, bytes]]

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: Any) -> None:
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def spans(self) -> list[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        found = []
        for _, body in self.bodies:
            for one in ExportTraceServiceRequest.FromString(body).resource_spans:
                found += [span for scope in one.scope_spans for span in scope.spans]
        return found

    def wait_for(self, name: str, n: int = 1, patience_s: float = 10.0) -> list[Any]:
        """Return the spans of a name, once there are so many."""
        until_s = time.monotonic() + patience_s
        while time.monotonic() < until_s:
            found = [span for span in self.spans() if span.name == name]
            if len(found) >= n:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{n} spans {name!r}: got {[span.name for span in self.spans()]}")


def told(span: Any) -> dict[str, Any]:
    """Return what a span was told."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}
