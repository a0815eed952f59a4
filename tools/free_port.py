"""Say in one line, and with exit code 1, that a port is taken: before any work is done for it."""

import socket
import sys


def main(text: str) -> str | None:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        return f"PORT={text} is not a port (1 to 65535)."
    with socket.socket() as attempt:
        # As gunicorn binds: a port that is only cooling down counts as free.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", int(text)))
        except PermissionError:
            return f"Port {text} is only for root; choose another: PORT=8001 ./dev run"
        except OSError:
            return f"Port {text} is taken; stop what listens there, or choose another: PORT=8001 ./dev run"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
