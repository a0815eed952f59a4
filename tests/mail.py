"""A real mail server for tests: it listens on a port of this machine and keeps what it takes."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class Postbox:
    """What the server does with what it is given: keeps it, or refuses as a test has said."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.connections = 0
        self.unknown: set[str] = set()  # addresses that are refused
        self.answer = "250 OK"  # to the whole of a letter

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


def subjects(postbox: Postbox) -> list[str]:
    # A long subject is folded right after its name, and the fold's blank is read as part of it.
    return [letter["Subject"].strip() for letter in postbox.letters]


class _Controller(Controller):
    def factory(self):
        return SMTP(self.handler, enable_SMTPUTF8=False)


@contextmanager
def mail_server(port: int = 0) -> Iterator[tuple[Postbox, int]]:
    postbox = Postbox()
    port = port or free_port()
    server = _Controller(postbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield postbox, port
    finally:
        server.stop()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
