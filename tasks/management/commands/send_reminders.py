"""The daily work of reminders: what the calendar asks, then the letters. For cron or a systemd timer.

    manage.py send_reminders [--dry-run] [--date YYYY-MM-DD]

Safe to run again and beside itself: what was done is not done twice, what was missed is made up.

Exit 0: nothing is left to send (agencies without an e-mail are named and told in the pages alone); 1: the
server took no letter for some agencies, the next run tries again; 2: the mail server cannot be used, or the
database not: nothing is lost. One clear line says why.
"""

import sys
from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from tasks import letters, workflow
from tasks.models import LetterState, Plan

DONE, SOME_FAILED, UNREACHABLE = 0, 1, 2


class Command(BaseCommand):
    help = "发出到期提醒、逾期提示和催办邮件：每天运行，可重复执行"

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="只列出将发出的提示和邮件，不写入、不发信")
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="按这一天计算，默认今天")

    def handle(self, *, dry_run: bool, date: str | None, **options):
        at = _moment(date)
        if not dry_run and at.date() > timezone.localdate():
            raise CommandError("--date 晚于今天时，只能与 --dry-run 同用", returncode=UNREACHABLE)
        try:
            code = self._foresee(at) if dry_run else self._send(at, is_now=date is None)
        except DatabaseError as error:
            raise CommandError(
                f"数据库不可用或尚未迁移，没有发送（{error}）", returncode=UNREACHABLE
            ) from error
        if code != DONE:
            sys.exit(code)

    def _send(self, at: datetime, *, is_now: bool) -> int:
        for plan in Plan.objects.order_by("pk"):
            for made in workflow.remind_by_calendar(plan, on=at.date(), at=at):
                count = made.tasks.count()
                self._say(f"{made.get_kind_display()}：{made.agency}，{plan.period}{made.period}，{count} 项")
        sent = failed = 0
        try:
            for outcome in letters.deliver(at=None if is_now else at):
                sent += outcome.state == LetterState.SENT
                failed += outcome.state == LetterState.FAILED
                self._say(f"{_LETTER[outcome.state]}：{outcome.agency}，{outcome.words}")
        except letters.NotConfigured as reason:
            self._say(f"邮件：{reason}")
            return DONE
        except letters.Unreachable as reason:
            self.stderr.write(f"邮件：{reason}。已发出 {sent} 封，其余留待下次运行")
            return UNREACHABLE
        self._say(f"邮件：发出 {sent} 封，未发出 {failed} 封")
        return SOME_FAILED if failed else DONE

    def _foresee(self, at: datetime) -> int:
        for plan in Plan.objects.order_by("pk"):
            for kind, owed in workflow.awaited_by_calendar(plan, on=at.date()):
                one = owed[0]
                self._say(f"将{kind.label}：{one.agency}，{plan.period}{one.period}，{len(owed)} 项")
        waiting = list(letters.agencies_waiting(at.date()))
        addresses = letters.addresses_of(waiting)
        for agency in waiting:
            if owed := letters.contents_for(agency, at=at).owed:
                where = f"{len(addresses[agency.pk])} 个邮箱" if agency.pk in addresses else "没有邮箱"
                self._say(f"待发邮件：{agency}，{len(owed)} 项，{where}")
        self._say("以上为预览，没有写入，没有发信")
        return DONE

    def _say(self, words: str) -> None:
        self.stdout.write(words)


_LETTER = {LetterState.SENT: "邮件已发", LetterState.FAILED: "邮件未发出", LetterState.WAITING: "没有发信"}


def _moment(asked: str | None) -> datetime:
    """The time of day is now's: what is made for another day stands in the record at that day."""
    now = timezone.localtime()
    if asked is None:
        return now
    try:
        on = date.fromisoformat(asked)
    except ValueError as error:
        raise CommandError(f"--date 须为 YYYY-MM-DD，收到“{asked}”", returncode=UNREACHABLE) from error
    return now.replace(year=on.year, month=on.month, day=on.day)
