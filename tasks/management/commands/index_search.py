"""Cut every task's text anew for the search: after an upgrade, or when the register has changed much."""

from django.core.management.base import BaseCommand
from django.db import transaction

from tasks import search


class Command(BaseCommand):
    help = "重建检索：按现有单位名称、文件名称和章节标题，对全部任务重新分词（可重复执行）"

    @transaction.atomic
    def handle(self, **options):
        self.stdout.write(f"检索：已重新处理 {search.index_all()} 项任务")
