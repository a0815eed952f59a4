"""The demo world of `./dev run`: accounts and a made-up history. Refuses to load where it could do harm."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from agencies.models import Agency, User
from tasks import demo


class Command(BaseCommand):
    help = "载入演示账号和演示进展（仅限演示环境，可重复执行）"

    def handle(self, **options):
        self._refuse_where_it_could_do_harm()
        with transaction.atomic():
            accounts = demo.make_accounts()
            office = User.objects.get(username="office")
            told = {plan: demo.tell_history(plan, by=office) for plan in demo.plans_without_history()}
        self.stdout.write(
            f"演示账号：新增 {len(accounts)} 个，共 {User.objects.count()} 个，密码均为 {demo.PASSWORD}"
        )
        for plan, steps in told.items():
            self.stdout.write(f"演示进展：《{plan}》{steps} 条")
        if not told:
            self.stdout.write("演示进展：没有需要补充的计划")

    def _refuse_where_it_could_do_harm(self) -> None:
        if not settings.DEMO:
            raise CommandError(
                "生产环境不允许载入演示数据：演示账号的密码是公开的。如确为演示环境，请设置 IPPLAN_DEMO=1"
            )
        foreign = demo.foreign_accounts()
        if foreign.exists():
            raise CommandError(
                f"数据库中已有 {foreign.count()} 个非演示账号（如 {foreign.first().username}），"
                "不能载入演示数据，请换用空的数据库"
            )
        if not Agency.objects.filter(name=demo.OFFICE_AGENCY).exists():
            raise CommandError(f"登记册中没有“{demo.OFFICE_AGENCY}”，请先运行 load_agencies")
