"""What stands in for Logstash's TCP input: appends every line that comes in to a file. Run as a process of its own.

    python -m benchmarks.tcp_sink FILE

It prints its port, and ends when its standard input does, which is when the process that started it is gone.
"""

from __future__ import annotations

import os
import socketserver
import sys
import threading

__all__: list[str] = []


def main() -> None:
    """Serve until nobody listens any more."""
    fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    class Append(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                os.write(fd, line)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Append) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
