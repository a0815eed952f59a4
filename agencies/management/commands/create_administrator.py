"""The first account of a new site: nothing is there yet from which it could be made."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from agencies.models import Role, User


class Command(BaseCommand):
    help = "建立管理员账号，显示一次性密码（72 小时内登录并修改）"

    def add_arguments(self, parser):
        parser.add_argument("name", metavar="NAME", help="账号名，不区分大小写")
        parser.add_argument("--email", default="", help="用于找回密码的邮箱")

    def handle(self, *, name: str, email: str, **options):
        account = User(username=User.normalize_username(name), email=email, role=Role.ADMIN)
        password = account.issue_one_time_password()
        try:
            account.full_clean()
            account.save()
        except ValidationError as error:
            raise CommandError(f"没有建立账号“{name}”：{'；'.join(error.messages)}") from error
        except DatabaseError as error:
            raise CommandError(f"数据库不可用或尚未迁移，请先运行 migrate（{error}）") from error
        until = timezone.localtime(account.one_time_until)
        self.stdout.write(
            f"已建立管理员账号：{account.username}\n"
            f"一次性密码：{password}\n"
            f"只显示这一次，{until:%Y-%m-%d %H:%M} 前有效；首次登录时须改为自己的密码。"
        )
