"""The agency register from a JSON file: safe to run again, and again after the file was corrected.

The file rules over what it speaks of (full name, category, note, order, code). What the office added by hand,
an alias or a member of a collective, stays.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, transaction

from agencies.models import Agency, AgencyAlias

DEFAULT_FILE = settings.BASE_DIR / "fixtures" / "agencies.json"
COLLECTIVE = (
    "联席会议成员单位"  # 联席会议办公室 is an agency like any other: it has an account and answers for tasks
)
_CODE = re.compile(r"[A-Z]{2,20}")
_NOTE = re.compile(r"[：；]")  # an official name with these is a remark about several names, not a name


class BadRegister(ValueError):
    """The file cannot be loaded; the text says, in Chinese, where and why."""


@dataclass
class Entry:
    """One agency as the file tells it."""

    name: str
    official_name: str = ""
    category: str = ""
    note: str = ""
    aliases: list[str] = field(default_factory=list)
    former_form: str = ""  # how the plan of 2021—2022 wrote it

    @property
    def code(self) -> str:
        return next((alias for alias in self.aliases if _CODE.fullmatch(alias)), "")


class Command(BaseCommand):
    help = "载入单位登记册（可重复执行；手工添加的别名和成员保留）"

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", type=Path, default=DEFAULT_FILE, metavar="FILE")

    def handle(self, *, file: Path, **options):
        try:
            entries, members = read_register(file)
            with transaction.atomic():
                counts = load(entries, members)
        except BadRegister as error:
            raise CommandError(f"{file.name}：{error}，登记册没有改动") from error
        except DatabaseError as error:
            raise CommandError(f"数据库不可用或尚未迁移，请先运行 migrate（{error}）") from error
        self.stdout.write(
            f"单位登记册：新增 {counts['created']} 个单位，更新 {counts['updated']} 个，"
            f"不变 {counts['unchanged']} 个；新增别名 {counts['aliases']} 个"
        )


# --- the file ---------------------------------------------------------------------------------------


def read_register(file: Path) -> tuple[list[Entry], list[str]]:
    """The agencies in their order and the names of the collective's members. Raises BadRegister."""
    try:
        content = json.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise BadRegister(f"文件读不出来（{error.strerror}）") from error
    except (ValueError, RecursionError) as error:
        place = f"第 {error.lineno} 行" if isinstance(error, json.JSONDecodeError) else "编码或嵌套有误"
        raise BadRegister(f"不是 UTF-8 编码的 JSON 文件（{place}）") from error
    if not isinstance(content, dict) or not isinstance(content.get("agencies"), list):
        raise BadRegister("缺少单位列表 agencies")
    entries = [
        _entry(row, f"{key} 第 {place} 项")
        for key in ("agencies", "extra_units")
        for place, row in enumerate(_items(content, key, "文件"), start=1)
    ]
    members = [
        _line(name, "conference_members_2024") for name in _items(content, "conference_members_2024", "文件")
    ]
    _check(entries, members)
    return entries, members


def _entry(row: Any, where: str) -> Entry:
    if not isinstance(row, dict):
        raise BadRegister(f"{where}不是一个单位")
    name = _line(row.get("name"), f"{where}的 name", at_most=100)
    if not name:
        raise BadRegister(f"{where}没有名称 name")
    where = f"“{name}”"
    official = _line(row.get("official_name"), f"{where}的 official_name", at_most=200)
    remark = official if _NOTE.search(official) else ""
    # 中国共产党…装备发展部（中央军委装备发展部）: the bracket repeats or explains, the name stands before it.
    official = "" if remark else official.partition("（")[0]
    remarks = [remark] + [_line(row.get(key), f"{where}的 {key}") for key in ("history", "affiliation_note")]
    aliases = [_line(alias, f"{where}的别名", at_most=200) for alias in _items(row, "aliases", where)]
    return Entry(
        name=name,
        official_name=official,
        category=_line(row.get("category"), f"{where}的 category", at_most=50),
        note="；".join(remark for remark in remarks if remark),
        aliases=[alias for alias in dict.fromkeys([*aliases, official]) if alias and alias != name],
        former_form=_line(
            row.get("form_in_2021_2022_plan"), f"{where}的 form_in_2021_2022_plan", at_most=200
        ),
    )


def _items(row: dict[str, Any], key: str, where: str) -> list[Any]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadRegister(f"{where}的 {key} 不是列表")
    return value


def _line(value: Any, what: str, *, at_most: int = 2000) -> str:
    """One line of text, empty where there is none; anything else would show or break somewhere later."""
    if value is None:
        return ""
    if not isinstance(value, str) or not value.isprintable():
        raise BadRegister(f"{what}不是一行文字")
    if len(value) > at_most:
        raise BadRegister(f"{what}超过 {at_most} 字")
    return value.strip()


def _check(entries: list[Entry], members: list[str]) -> None:
    """Every name belongs to one agency; forms of the old plan join the aliases where they do not clash."""
    bearers: dict[str, str] = {}
    for entry in entries:
        if entry.name in bearers:
            raise BadRegister(f"单位“{entry.name}”重复")
        bearers[entry.name] = entry.name
    for entry in entries:
        for alias in entry.aliases:
            bearer = bearers.setdefault(alias, entry.name)
            if bearer != entry.name:
                raise BadRegister(f"“{alias}”同时是“{bearer}”和“{entry.name}”的名称")
    for entry in entries:
        form = entry.former_form
        others = [other for other in entries if other.former_form == form and other is not entry]
        if form and not others and bearers.setdefault(form, entry.name) == entry.name:
            entry.aliases += [form] if form not in (entry.name, *entry.aliases) else []
    names = {entry.name for entry in entries}
    for member in members:
        if member not in names:
            raise BadRegister(f"成员“{member}”不在单位列表中")
    if members and COLLECTIVE not in names:
        raise BadRegister(f"有成员名单，却没有单位“{COLLECTIVE}”")


# --- the database -----------------------------------------------------------------------------------


def load(entries: list[Entry], members: list[str]) -> dict[str, int]:
    """Bring the register to what the file says. Raises BadRegister where a name is another agency's."""
    # Locked, so that two loads, or a load and an import that registers agencies, take turns.
    known = {agency.name: agency for agency in Agency.objects.select_for_update().order_by("pk")}
    counts = {"created": 0, "updated": 0, "unchanged": 0, "aliases": 0}
    _check_against(entries, known)
    # A code may move from one agency to another: free the old ones before the new ones are taken.
    for entry in entries:
        if entry.name in known and known[entry.name].code not in ("", entry.code):
            Agency.objects.filter(pk=known[entry.name].pk).update(code="")
    for position, entry in enumerate(entries, start=1):
        agency = known.get(entry.name) or Agency(name=entry.name)
        counts[_bring(agency, _facts(entry, position))] += 1
        known[entry.name] = agency
    counts["aliases"] = sum(1 for _ in _add_aliases(entries, known))
    if members:
        collective = known[COLLECTIVE]
        collective.members.add(*(known[member] for member in members))
    return counts


def _facts(entry: Entry, position: int) -> dict[str, Any]:
    return {
        "official_name": entry.official_name,
        "category": entry.category,
        "note": entry.note,
        "position": position,
        "code": entry.code,
        "is_collective": entry.name == COLLECTIVE,
        "is_withdrawn": False,
    }


def _bring(agency: Agency, facts: dict[str, Any]) -> str:
    """Write the facts that differ; the word for what it took."""
    changed = [name for name, value in facts.items() if getattr(agency, name) != value]
    fresh = agency.pk is None
    if not fresh and not changed:
        return "unchanged"
    for name, value in facts.items():
        setattr(agency, name, value)
    agency.save()
    return "created" if fresh else "updated"


def _check_against(entries: list[Entry], known: dict[str, Agency]) -> None:
    """Refuse names and codes that other agencies bear already, most likely by the office's own hand."""
    listed = {entry.name for entry in entries}
    codes = {
        agency.code.lower(): name for name, agency in known.items() if agency.code and name not in listed
    }
    aliases = dict(AgencyAlias.objects.values_list("name", "agency__name"))
    for entry in entries:
        if aliases.get(entry.name, entry.name) != entry.name:
            raise BadRegister(f"“{entry.name}”在登记册中已是“{aliases[entry.name]}”的别名，请先删去该别名")
        for alias in entry.aliases:
            bearer = alias if alias in known else aliases.get(alias, entry.name)
            if bearer != entry.name:
                raise BadRegister(f"“{entry.name}”的别名“{alias}”在登记册中已属于“{bearer}”，请先合并或改名")
        if entry.code.lower() in codes:
            raise BadRegister(f"代码 {entry.code} 在登记册中已属于“{codes[entry.code.lower()]}”")


def _add_aliases(entries: list[Entry], known: dict[str, Agency]) -> Iterator[AgencyAlias]:
    present = set(AgencyAlias.objects.values_list("name", flat=True))
    for entry in entries:
        for alias in entry.aliases:
            if alias not in present:
                yield AgencyAlias.objects.create(agency=known[entry.name], name=alias)
