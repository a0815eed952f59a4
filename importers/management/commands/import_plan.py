"""Import plans from files, or show what importing them would do.

    manage.py import_plan FILE... [--dry-run] [--json] [--register-unknown] [--as-issued]

Exit 0: every file can be imported (or was); 1: a file holds errors, names unknown agencies, or the
database refused; 2: a file is no plan or cannot be read. Of several files the gravest counts, and each is
imported in a transaction of its own. `--dry-run --json` prints one object for one file and an array for
several, null in the place of a file that is no plan; it never touches the database.
"""

import json
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseTrouble
from django.utils.timezone import make_aware

from importers.apply import apply_import, check_importable, plan_import
from importers.diagnostics import Severity
from importers.import_plan import Change, ImportPlan, PlanFacts, Source
from importers.parsed import ParsedPlan
from importers.readers import MAX_BYTES, Unreadable
from importers.sandbox import read_in_child
from importers.speech import KINDS, kind, plan_field, task_field, value_words
from tasks.workflow import Refused

IMPORTABLE, ERRORS, NO_PLAN = 0, 1, 2
MOST_PLACES = 8  # of an unknown name; the first ones tell which name is meant


class Command(BaseCommand):
    help = "导入推进计划（一个或多个文件）；--dry-run 只预览，不写入"
    requires_system_checks = []  # reading a plan needs no database, no templates and no static files

    def add_arguments(self, parser):
        parser.add_argument(
            "files", nargs="+", metavar="FILE", help="推进计划的文件（.docx、.pdf、.txt、.html、.ofd）"
        )
        parser.add_argument("--dry-run", action="store_true", help="只预览，不写入")
        parser.add_argument(
            "--json", action="store_true", help="与 --dry-run 同用：输出解析结果，不连接数据库"
        )
        parser.add_argument(
            "--register-unknown", action="store_true", help="把登记册中没有的单位登记为新单位"
        )

        parser.add_argument(
            "--as-issued",
            action="store_true",
            help="补录往年计划：导入时间记为印发日期，原文没有时记为首个年度的 1 月 2 日",
        )

    def handle(self, *, files, dry_run, json: bool, register_unknown, as_issued, **options):
        if json and not dry_run:
            raise CommandError("--json 只能与 --dry-run 同用", returncode=NO_PLAN)
        _speak_utf8(as_json=json)
        self.dry_run, self.register_unknown, self.as_issued = dry_run, register_unknown, as_issued
        self.wordy = dry_run or options["verbosity"] > 1
        codes = self._print_json(files) if json else [self._import(file) for file in files]
        if max(codes) != IMPORTABLE:
            sys.exit(max(codes))

    def _print_json(self, files: list[str]) -> list[int]:
        plans = [self._read(file) for file in files]
        found = [plan and plan[0].to_json() for plan in plans]
        if len(files) > 1 or found[0]:
            self.stdout.write(json.dumps(found if len(files) > 1 else found[0], ensure_ascii=False, indent=2))
        return [NO_PLAN if plan is None else ERRORS if plan[0].has_errors else IMPORTABLE for plan in plans]

    def _import(self, file: str) -> int:
        found = self._read(file)
        if found is None:
            return NO_PLAN
        try:
            import_plan = plan_import(found[0], source=found[1])
            refusal = self._refusal(import_plan)
        except DatabaseTrouble as trouble:
            return self._complain(file, f"数据库不可用或尚未迁移，没有写入，请先运行 migrate（{trouble}）")
        self._print_outcome(import_plan, refusal)
        return self._complain(file, refusal) if refusal else IMPORTABLE

    def _refusal(self, import_plan: ImportPlan) -> str:
        """Carry the import out, unless this is a dry run. What speaks against it, empty where it is done."""
        try:
            if self.dry_run:
                check_importable(import_plan, register_unknown=self.register_unknown)
            else:
                at = _issued_at(import_plan.facts) if self.as_issued else None
                apply_import(import_plan, by=None, register_unknown=self.register_unknown, at=at)
        except Refused as refusal:
            return str(refusal)
        return ""

    def _read(self, file: str) -> tuple[ParsedPlan, Source] | None:
        name = _printable(os.path.basename(file))
        try:
            data = _bytes(file)
            return read_in_child(data, name=name).plan, Source.of(data, name=name)
        except Unreadable as error:
            self._complain(file, str(error))
            return None

    def _complain(self, file: str, sentence: str) -> int:
        self.stderr.write(f"{_printable(file)}：{' '.join(sentence.split())}")
        return ERRORS

    # --- what people read ---------------------------------------------------------------------------

    def _print_outcome(self, import_plan: ImportPlan, refusal: str) -> None:
        if refusal:
            outcome = "不能导入" if self.dry_run else "没有导入"
        elif import_plan.changes_nothing:
            outcome = "与库中一致，没有改动"
        else:
            outcome = "可以导入" if self.dry_run else "已导入"
        self.stdout.write(f"《{import_plan.facts.title}》{outcome}")
        self.stdout.write(
            f"  任务 {len(import_plan.steps)} 项：新增 {len(import_plan.created)}，"
            f"更正 {len(import_plan.corrected)}，不变 {len(import_plan.unchanged)}；"
            f"责任单位 {sum(len(step.content.parts) for step in import_plan.steps)} 家次"
            + (f"；更正计划信息 {facts} 处" if (facts := import_plan.fact_count) else "")
        )
        details = [*_remarks(import_plan, wordy=self.wordy), *_strangers(import_plan, self.register_unknown)]
        if self.dry_run and not import_plan.is_new:
            details += _differences(import_plan)
        for line in details:
            self.stdout.write(f"  {line}")


def _issued_at(facts: PlanFacts) -> datetime:
    """Nine o'clock on the day the plan was issued, so that its history lies in its own year."""
    day = facts.issued_on or date(facts.first_year, 1, 2)
    return make_aware(datetime.combine(day, time(9)))


# --- reading ----------------------------------------------------------------------------------------


def _bytes(file: str) -> bytes:
    """The file; of an endless one (a pipe, a device) no more than it takes to see that it is too large."""
    try:
        with open(file, "rb") as opened:
            facts = os.fstat(opened.fileno())
            if stat.S_ISREG(facts.st_mode) and facts.st_size > MAX_BYTES:
                raise Unreadable(
                    f"文件有 {facts.st_size / 1048576:.1f} MB，超过 {MAX_BYTES // 1048576} MB 的上限，"
                    "请只导入推进计划的正文。"
                )
            return opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Unreadable("没有这个文件，请核对路径。") from None
    except IsADirectoryError:
        raise Unreadable("这是目录，不是文件，请指定推进计划的文件。") from None
    except OSError as error:
        raise Unreadable(f"文件读不出来（{error.strerror}），请检查权限和磁盘。") from None


def _printable(path: str) -> str:
    """A path as a terminal and the database can take it: what is no printable text is marked."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _speak_utf8(*, as_json: bool) -> None:
    # JSON is UTF-8 wherever it is printed; sentences follow the terminal, and what it cannot show is escaped.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(**{"encoding": "utf-8"} if as_json else {"errors": "backslashreplace"})


# --- speaking ---------------------------------------------------------------------------------------


def _remarks(import_plan: ImportPlan, *, wordy: bool) -> Iterator[str]:
    counts = Counter(kind(remark) for remark in import_plan.diagnostics)
    if counts:
        yield "，".join(f"{label} {counts[each]} 处" for each, label in KINDS.items() if counts[each])
    for remark in import_plan.diagnostics:
        if wordy or remark.severity is not Severity.INFO:
            place = f"第 {remark.line} 行：" if remark.line and "行" not in remark.message else ""
            yield f"  {KINDS[kind(remark)]}  {place}{remark.message}"


def _strangers(import_plan: ImportPlan, register_unknown: bool) -> Iterator[str]:
    if import_plan.unknown:
        advice = "请登记为别名后重新导入，或加 --register-unknown 登记为新单位"
        what = "登记为新单位" if register_unknown else advice
        yield f"登记册中没有的单位 {len(import_plan.unknown)} 个，{what}："
    for unknown in import_plan.unknown:
        places = "、".join(
            f"第 {each.task} 项（第 {each.line} 行）" for each in unknown.mentions[:MOST_PLACES]
        )
        if len(unknown.mentions) > MOST_PLACES:
            places += f"等 {len(unknown.mentions)} 处"
        nearest = f"；最接近的：{'、'.join(unknown.nearest)}" if unknown.nearest else ""
        yield f"  {unknown.name}：{places}{nearest}"


def _differences(import_plan: ImportPlan) -> Iterator[str]:
    for change in import_plan.fact_changes:
        yield f"更正计划的{plan_field(change.field)}：{_told(change)}"
    if import_plan.outline_changes:
        yield "更正章节标题"
    for step in import_plan.created:
        yield f"新增第 {step.content.number} 项：{step.content.text}"
    for step in import_plan.corrected:
        told = "；".join(f"{task_field(change.field)} {_told(change)}" for change in step.changes)
        yield f"更正第 {step.content.number} 项：{told}"


def _told(change: Change) -> str:
    return f"“{value_words(change.before)}”→“{value_words(change.after)}”"
