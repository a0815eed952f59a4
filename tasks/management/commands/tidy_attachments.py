"""Removes files of attachments that no row names; names rows whose file is gone.

    manage.py tidy_attachments [--dry-run]

A power cut between writing a file and committing its row leaves a file that nobody finds. One that is younger
than a day is left alone: its row may still be on its way. Nothing outside the attachments' own folder and
nothing that is not named like one of theirs is touched.

Exit 0: all is in order, or was put in order; 1: attachments have lost their files, to be brought back from
the backup; 2: the database or the folder cannot be read.
"""

import re
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.template.defaultfilters import filesizeformat

from tasks.models import Attachment

FOLDER = "attachments"
# Longer than any request or command that adds files takes.
IN_FLIGHT = 24 * 60 * 60
# As Attachment's _stored_name makes them; the storage adds _1a2B3c4 to a name that is taken.
_OURS = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}(_\w{7})?")


class Command(BaseCommand):
    help = "删除没有附件记录的文件，列出文件已丢失的附件；可重复执行"

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="只列出，不删除")

    def handle(self, *, dry_run: bool, **options):
        root = Path(settings.MEDIA_ROOT)
        try:
            # The folder first: whatever gets its row after this is in the rows, or too young.
            files = dict(_files(root, older_than=time.time() - IN_FLIGHT))
            rows = {row.file.name: row for row in Attachment.objects.only("pk", "file", "name", "report_id")}
            orphans = sorted(files.keys() - rows.keys())
            size = sum(files[name] for name in orphans)
            if not dry_run:
                for name in orphans:
                    (root / name).unlink(missing_ok=True)
            lost = [row for name, row in rows.items() if not (root / name).is_file() and _is_there(row)]
        except DatabaseError as error:
            raise CommandError(f"数据库不可用或尚未迁移，没有删除（{error}）", returncode=2) from error
        except OSError as error:
            raise CommandError(f"附件目录无法读写（{error}），请检查权限和磁盘", returncode=2) from error
        verb = "将删除" if dry_run else "已删除"
        self.stdout.write(f"没有记录的文件：{verb} {len(orphans)} 个，{filesizeformat(size)}")
        for row in lost:
            self.stderr.write(f"文件已丢失：附件 {row.pk}“{row.name}”，{row.file.name}，请从备份恢复")
        if lost:
            sys.exit(1)


def _files(root: Path, *, older_than: float) -> Iterator[tuple[str, int]]:
    """Those that are named as ours are, with their sizes, by the names that rows know them by."""
    folder = root / FOLDER
    for path in folder.glob("??/*"):
        if not _OURS.fullmatch(path.relative_to(folder).as_posix()):
            continue
        try:
            facts = path.lstat()
        except FileNotFoundError:  # it has just gone with its row
            continue
        if stat.S_ISREG(facts.st_mode) and facts.st_mtime < older_than:
            yield path.relative_to(root).as_posix(), facts.st_size


def _is_there(row: Attachment) -> bool:
    """Whether the row still is: it may have gone, with its file, while we looked."""
    return Attachment.objects.filter(pk=row.pk).exists()
