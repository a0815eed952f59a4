"""The mail that carries reminders: at most one a day and agency, a digest of all that no mail has carried.

A letter is written down before it is sent. Whoever sends it claims it in a short transaction (the agency's
row is locked on PostgreSQL, SQLite lets one write at a time), hands it to the mail server outside of any
transaction, and notes how that ended. So two processes send once, a dead server loses nothing, and no lock
waits for the network. Should a process die between the server's yes and its own note, the letter goes out
again after CLAIMED_FOR, with the same Message-ID: rather twice than never.
"""

import logging
import smtplib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from time import monotonic
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import sanitize_address
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.template.loader import render_to_string
from django.utils import timezone

from agencies.models import Agency, Role, User
from tasks.models import Day, Letter, LetterState, Plan, Reminder, ReportingPeriod
from tasks.reporting import Owed, OwedKey, missing_of

log = logging.getLogger("ipplan.letters")

# How long a letter counts as being sent; longer than any attempt takes.
CLAIMED_FOR = timedelta(minutes=15)
LONGEST_FAILURE = 300
# Where the demo is served, whose letters go to the console.
_LOCAL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Outcome:
    """What became of one agency's letter."""

    agency: Agency
    state: LetterState
    words: str
    items: int = 0


class Unreachable(Exception):
    """The mail server cannot be used now; the text says why. Nothing is lost: the next run tries again."""


class NotConfigured(Unreachable):
    """The site has no mail server: reminders stand in the pages alone."""


# --- who and what -----------------------------------------------------------------------------------


def addresses_of(agencies: Iterable[Agency | int]) -> dict[int, list[str]]:
    """Where each agency's letters go, by its key: the e-mails of its active accounts, each once. 1 query."""
    people = User.objects.filter(role=Role.AGENCY, is_active=True, agency__in=list(agencies))
    found: dict[int, dict[str, str]] = {}
    for key, email in people.exclude(email="").order_by("pk").values_list("agency", "email"):
        found.setdefault(key, {}).setdefault(email.strip().lower(), email.strip())
    return {key: list(emails.values()) for key, emails in found.items()}


def agencies_waiting(on: date) -> QuerySet[Agency]:
    """Those with reminders that no letter has carried; whose letter has failed today come last, so that one
    letter on which the server hangs up keeps no other from leaving.
    """
    waiting = Reminder.objects.unmailed().order_by().values("agency")
    today = Letter.objects.filter(agency=OuterRef("pk"), on=on).values("attempts")
    return (
        Agency.objects.filter(pk__in=waiting)
        .annotate(tried=Coalesce(Subquery(today), 0))
        .order_by("tried", "position", "pk")
    )


@dataclass(frozen=True)
class Part:
    """What a letter says of one period of one plan."""

    plan: Plan
    period: ReportingPeriod
    owed: Sequence[Owed]

    @property
    def days_left(self) -> int:
        return self.owed[0].days_left

    @property
    def days_late(self) -> int:
        return -self.days_left


@dataclass(frozen=True)
class Contents:
    """What a letter to an agency would hold: the reminders it answers for, and what of them is still owed."""

    agency: Agency
    reminders: Sequence[Reminder]
    settled: Sequence[Reminder]
    owed: Sequence[Owed]
    notes: Sequence[Reminder]

    @property
    def parts(self) -> list[Part]:
        return [
            Part(ones[0].task.plan, ones[0].period, ones)
            for _, group in groupby(self.owed, key=lambda one: one.period)
            if (ones := list(group))
        ]

    @property
    def subject(self) -> str:
        kind = "催报" if any(one.is_overdue for one in self.owed) else "提示"
        return f"进展报送{kind}：{_in_one_line(self.agency.name)}有 {len(self.owed)} 项待报送"


def contents_for(agency: Agency, *, at: datetime) -> Contents:
    """What waits for the agency and is still owed then; not what another letter is carrying just now."""
    under_way = Q(letter__state=LetterState.WAITING, letter__tried_at__gt=at - CLAIMED_FOR)
    waiting = list(
        Reminder.objects.unmailed()
        .filter(agency=agency)
        .exclude(under_way)
        .select_related("by__agency", "period")
        .prefetch_related("tasks")
        .order_by("at", "pk")
    )
    asked = {reminder.pk: _keys(reminder) for reminder in waiting}
    day = Day.exactly(timezone.localdate(at), today=timezone.localdate())
    owed = missing_of(set().union(*asked.values()), day=day)
    live = [reminder for reminder in waiting if asked[reminder.pk] & owed.keys()]
    return Contents(
        agency=agency,
        reminders=live,
        settled=[reminder for reminder in waiting if reminder not in live],
        owed=sorted(owed.values(), key=lambda one: (one.period.due_on, one.period.pk, one.task.number)),
        notes=_said_once(reminder for reminder in live if reminder.note),
    )


def _keys(reminder: Reminder) -> set[OwedKey]:
    return {(task.pk, reminder.agency_id, reminder.period_id) for task in reminder.tasks.all()}


def _said_once(reminders: Iterable[Reminder]) -> list[Reminder]:
    """A note sent with several periods at once is read once."""
    return list({(reminder.note, reminder.at): reminder for reminder in reminders}.values())


# --- sending ----------------------------------------------------------------------------------------


def deliver(
    agencies: Iterable[Agency] | None = None,
    *,
    at: datetime | None = None,
    timeout: float = 20,
    budget: float | None = None,
) -> Iterator[Outcome]:
    """Send the letters that are due (to these agencies, or to all), over one connection; yields what became
    of each. Raises Unreachable as soon as the mail server cannot be used.

    `at` is the present, for whoever tells a history. After `budget` seconds the rest is left to the next run.
    """
    if not settings.SENDS_MAIL:
        raise NotConfigured("没有配置发信服务器（IPPLAN_EMAIL_URL），只在系统内提示")
    if agencies is None:
        agencies = list(agencies_waiting(timezone.localdate(at)))
    began = monotonic()
    connection = get_connection(timeout=timeout)
    try:
        for agency in agencies:
            if budget is not None and monotonic() - began > budget:
                return
            outcome = _deliver_to(agency, connection, at or timezone.now())
            if outcome:
                yield outcome
    finally:
        _hang_up(connection)


def _hang_up(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        log.info("the mail server did not say goodbye")


def _deliver_to(agency: Agency, connection: BaseEmailBackend, at: datetime) -> Outcome | None:
    addresses = addresses_of([agency]).get(agency.pk, [])
    if not addresses:
        return Outcome(agency, LetterState.WAITING, "没有登记邮箱的启用账号，只在系统内提示")
    claimed = _claim(agency, addresses, at)
    if claimed is None:
        return None
    letter, contents = claimed
    try:
        refused = _hand_over(_message(letter, contents), connection)
    except smtplib.SMTPRecipientsRefused as refusal:
        return _failed(letter, contents, _refusals(refusal.recipients))
    except ValueError as trouble:  # an address or a header that no letter may have
        return _failed(letter, contents, _reason(trouble))
    except OSError as trouble:  # whatever else smtplib raises is one too
        failed = _failed(letter, contents, _reason(trouble))
        if isinstance(trouble, smtplib.SMTPDataError) and trouble.smtp_code != _CLOSING:
            return failed
        raise Unreachable(failed.words) from trouble
    return _sent(letter, contents, addresses, refused, at)


_CLOSING = 421  # the server goes away and will say so to whatever comes next


@transaction.atomic
def _claim(agency: Agency, addresses: list[str], at: datetime) -> tuple[Letter, Contents] | None:
    """The day's letter, ours to send for CLAIMED_FOR, with its reminders; None where there is nothing to
    send, or today's letter has gone or is on its way.
    """
    Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)
    on = timezone.localdate(at)
    letter = Letter.objects.filter(agency=agency, on=on).first() or Letter(agency=agency, on=on)
    if letter.state == LetterState.SENT or _is_under_way(letter, at):
        return None
    contents = contents_for(agency, at=at)
    Reminder.objects.filter(pk__in=[one.pk for one in contents.settled]).update(settled_at=at)
    if not contents.owed:
        return None
    letter.state, letter.failure = LetterState.WAITING, ""
    letter.recipients, letter.tried_at = addresses, at
    letter.attempts += 1
    letter.save()
    Reminder.objects.filter(pk__in=[one.pk for one in contents.reminders]).update(letter=letter)
    return letter, contents


def _is_under_way(letter: Letter, at: datetime) -> bool:
    tried = letter.tried_at
    return letter.state == LetterState.WAITING and tried is not None and tried > at - CLAIMED_FOR


def _hand_over(message: EmailMessage, connection: BaseEmailBackend) -> dict[str, tuple[int, bytes]]:
    """Give the letter to the server; returns the addresses that it refused while it took others."""
    connection.open()
    server = getattr(connection, "connection", None)
    if not isinstance(server, smtplib.SMTP):  # the console, or the tests' outbox
        connection.send_messages([message])
        return {}
    # Not send_messages(): it does not tell which addresses were refused.
    sender = sanitize_address(message.from_email, "utf-8")
    recipients = [sanitize_address(address, "utf-8") for address in message.to]
    return server.sendmail(sender, recipients, message.message().as_bytes(linesep="\r\n"))


def _sent(
    letter: Letter,
    contents: Contents,
    addresses: list[str],
    refused: dict[str, tuple[int, bytes]],
    at: datetime,
) -> Outcome:
    words = f"已发至 {len(addresses) - len(refused)} 个邮箱"
    if refused:
        words += f"；{_refusals(refused)}"
    _note(letter, state=LetterState.SENT, sent_at=at, failure=_refusals(refused) if refused else "")
    return Outcome(contents.agency, LetterState.SENT, words, len(contents.owed))


def _failed(letter: Letter, contents: Contents, reason: str) -> Outcome:
    log.warning("letter not sent: agency=%s attempt=%d: %s", letter.agency_id, letter.attempts, reason)
    _note(letter, state=LetterState.FAILED, failure=reason)
    return Outcome(contents.agency, LetterState.FAILED, reason, len(contents.owed))


def _note(letter: Letter, **facts: object) -> None:
    """How our attempt ended; not where another took over after the claim had run out."""
    Letter.objects.filter(pk=letter.pk, attempts=letter.attempts).update(**facts)


@transaction.atomic
def tell_as_sent(reminders: Iterable[Reminder], *, at: datetime) -> None:
    """For whoever tells a history: one letter an agency has carried these on that day. Nothing is sent.

    As when letters are sent, an agency without an address gets none. Its agencies have had no other that day.
    """
    reminders = list(reminders)
    for key, addresses in addresses_of({one.agency_id for one in reminders}).items():
        letter = Letter.objects.create(
            agency_id=key,
            on=timezone.localdate(at),
            state=LetterState.SENT,
            recipients=addresses,
            attempts=1,
            tried_at=at,
            sent_at=at,
        )
        carried = [one.pk for one in reminders if one.agency_id == key]
        Reminder.objects.filter(pk__in=carried).update(letter=letter)


# --- the words --------------------------------------------------------------------------------------


def _message(letter: Letter, contents: Contents) -> EmailMessage:
    site = settings.SITE_ADDRESS or _LOCAL
    facts = {"letter": letter, "contents": contents, "site": site}
    return EmailMessage(
        subject=contents.subject,
        body=render_to_string("reminders/letter.txt", facts),
        to=letter.recipients,
        headers={
            # The same for every attempt at one letter: a second copy can be told for what it is.
            "Message-ID": f"<letter-{letter.pk}-{letter.on:%Y%m%d}@{urlsplit(site).hostname}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _refusals(refused: dict[str, tuple[int, bytes]]) -> str:
    told = [f"{address}（{_answer(*answer)}）" for address, answer in sorted(refused.items())]
    return ("邮件服务器拒收：" + "、".join(told))[:LONGEST_FAILURE]


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return _in_one_line(f"{code} {text}")


def _reason(trouble: Exception) -> str:
    """Why, for whoever keeps the server: what it means in Chinese, then what it said."""
    if isinstance(trouble, smtplib.SMTPAuthenticationError):
        meaning = "邮件服务器不接受发信账号"
    elif isinstance(trouble, smtplib.SMTPSenderRefused):
        meaning = "邮件服务器不接受发件人"
    elif isinstance(trouble, smtplib.SMTPDataError):
        meaning = "邮件服务器拒收邮件"
    elif isinstance(trouble, TimeoutError) or isinstance(trouble.__context__, TimeoutError):
        meaning = "邮件服务器没有回应"
    elif isinstance(trouble, OSError):
        meaning = "连不上邮件服务器"
    else:
        meaning = "邮件无法写成"
    if isinstance(trouble, smtplib.SMTPResponseException):
        said = _answer(trouble.smtp_code, trouble.smtp_error)
    else:
        said = _in_one_line(str(trouble))
    return (f"{meaning}（{said}）" if said else meaning)[:LONGEST_FAILURE]
