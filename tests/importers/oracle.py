"""What the two plans say, read a second time by other means, and written out again in other layouts.

The oracle knows the two files by heart: their watermark, their torn number, their headings. It shares no code
with the importer, so that a test holds the parser against something else than the parser.
"""

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from importers.parsed import ParsedPlan

PLANS = Path(__file__).resolve().parents[2] / "fixtures" / "plans"
YEARS = (2023, 2024)
NUMERALS = "零一二三四五六七八九十"
CLOSING = "上述各项任务分工中，由多个部门负责的，列第一位的部门为牵头部门，其他为参与部门。"

TITLES = {
    2023: "2023年知识产权强国建设纲要和“十四五”规划实施推进计划",
    2024: "2024年知识产权强国建设推进计划",
}
HEADINGS = [
    (
        "完善知识产权制度",
        ["完善知识产权法律法规规章", "改革完善知识产权重大政策", "完善新兴领域和特定领域知识产权规则"],
    ),
    ("强化知识产权保护", ["加强知识产权司法保护", "强化知识产权行政保护", "健全知识产权协同保护格局"]),
    ("完善知识产权市场运行机制", ["提高知识产权创造质量", "加强知识产权综合运用", "促进知识产权市场化运营"]),
    ("提高知识产权公共服务水平", ["加强知识产权公共服务供给", "提高知识产权公共服务效能"]),
    ("营造良好的知识产权人文社会环境", ["大力倡导知识产权文化理念", "夯实知识产权事业发展基础"]),
    ("深度参与全球知识产权治理", []),
    ("加强组织保障", []),
]
# Tasks in each section as counted in the printed documents; a chapter without sections has one number.
COUNTS = {
    2023: [[8, 9, 7], [6, 18, 13], [11, 14, 12], [6, 5], [5, 5], [15], [5]],
    2024: [[8, 8, 5], [10, 12, 10], [6, 14, 4], [6, 3], [4, 4], [10], [6]],
}


@dataclass(frozen=True)
class Task:
    number: int
    text: str
    clause: str

    @property
    def agencies(self) -> list[tuple[str, str]]:
        listed = re.sub("(按职责分工负责|等部门负责|负责)$", "", self.clause)
        return [(name, "participant" if i else "lead") for i, name in enumerate(listed.split("、"))]

    @property
    def duty(self) -> str:
        return "by_duty" if self.clause.endswith("按职责分工负责") else "joint"

    @property
    def open_ended(self) -> bool:
        return self.clause.endswith("等部门负责")


def raw(year: int) -> bytes:
    return (PLANS / f"{year}.txt").read_bytes()


@cache
def flat(year: int) -> str:
    """The whole file without watermark, line breaks and spaces, in full-width punctuation."""
    text = raw(year).decode("utf-8").replace("(科技成果评价)", "").replace("DUS 测试", "DUS测试")
    text = re.sub(r"\s", "", text).replace("見", "见")
    return text.translate(str.maketrans("(),:;", "（），：；"))


@cache
def tasks(year: int) -> tuple[Task, ...]:
    text = flat(year)
    text = text[text.index("一、完善知识产权制度") : text.index("上述各项任务分工中")]
    total = sum(map(sum, COUNTS[year]))
    found: list[Task] = []
    position = 0
    headings = [f"{NUMERALS[i]}、{title}" for i, (title, _) in enumerate(HEADINGS, 1)]
    headings += [f"（{NUMERALS[i]}）{title}" for _, titles in HEADINGS for i, title in enumerate(titles, 1)]
    for number in range(1, total + 1):
        start = text.index(f"{number}.", position) + len(f"{number}.")
        following = [f"）{number + 1}.", *(f"）{heading}" for heading in headings)]
        ends = [end + 1 for each in following if (end := text.find(each, start)) >= 0]
        end = min(ends, default=len(text))
        body, _, clause = text[start:end].rpartition("（")
        found.append(Task(number, body, clause.rstrip("）")))
        position = end
    return tuple(found)


def preamble(year: int) -> str:
    text = flat(year)
    return text[text.index("为贯彻落实") : text.index("一、完善知识产权制度")]


def records(year: int) -> list[tuple[object, ...]]:
    """Every task with its chapter and section, as `records_of` reads them from a parsed plan."""
    listed = iter(tasks(year))
    found: list[tuple[object, ...]] = []
    for chapter, (title, sections) in enumerate(HEADINGS, 1):
        for index, count in enumerate(COUNTS[year][chapter - 1]):
            section = (index + 1, sections[index]) if sections else (None, None)
            for task in itertools.islice(listed, count):
                head = (chapter, title, *section)
                agencies = tuple(task.agencies)
                found.append(
                    (*head, task.number, task.text, task.clause, agencies, task.duty, task.open_ended, None)
                )
    return found


def records_of(plan: ParsedPlan) -> list[tuple[object, ...]]:
    return [
        (
            chapter.number,
            chapter.title,
            section.number,
            section.title,
            task.number,
            task.text,
            task.responsibility,
            tuple((each.name, each.role.value) for each in task.agencies),
            task.duty.value,
            task.open_ended,
            task.due,
        )
        for chapter in plan.chapters
        for section in chapter.sections
        for task in section.tasks
    ]


# Writing a plan in another layout


@dataclass(frozen=True)
class Style:
    """How a plan is written: `task`, `chapter`, `section` take the number (arabic or Chinese)."""

    task: str = "{}."
    chapter: str = "{}、"
    section: str = "（{}）"
    notice: bool = False
    closing: bool = True


PLAIN = Style()


def paragraphs(year: int, style: Style = PLAIN, *, clause: Callable[[Task], str] | None = None) -> list[str]:
    """The plan as clean paragraphs; `clause` may say a task's clause in other words, brackets included."""
    listed = iter(tasks(year))
    lines = []
    if style.notice:
        lines += NOTICE.format(title=TITLES[year]).split("\n")
    lines += [TITLES[year], preamble(year)]
    for chapter, (title, sections) in enumerate(HEADINGS, 1):
        lines.append(style.chapter.format(NUMERALS[chapter]) + title)
        for index, count in enumerate(COUNTS[year][chapter - 1]):
            if sections:
                lines.append(style.section.format(NUMERALS[index + 1]) + sections[index])
            for task in itertools.islice(listed, count):
                words = clause(task) if clause else f"（{task.clause}）"
                lines.append(style.task.format(task.number) + task.text + words)
    return lines + ([CLOSING] if style.closing else [])


NOTICE = (
    "国知联办〔2024〕6号\n国家知识产权强国建设工作部际联席会议各成员单位，中央政法委、中央网信办：\n"
    "经国家知识产权强国建设工作部际联席会议同意，现将《{title}》印发，请认真组织实施。\n特此通知。\n"
    "国家知识产权强国建设工作部际联席会议办公室"
)


def wrapped(lines: list[str], width: int, *, blank: bool = False) -> str:
    pieces = [line[i : i + width] for line in lines for i in range(0, len(line), width)]
    return ("\n\n" if blank else "\n").join(pieces)


def torn(lines: list[str], seed: int, *, often: int = 25, blank: bool = False) -> str:
    """Hard breaks anywhere, in words, names, numbers and clauses, paragraph breaks kept."""
    chance = random.Random(seed)  # noqa: S311 - a layout, not a secret
    mark = "\n\n" if blank else "\n"
    return "\n".join(
        "".join(c + (mark if chance.randrange(often) == 0 else "") for c in line[:-1]) + line[-1]
        for line in lines
    )


def paged(text: str, every: int, number: str, head: str = "") -> str:
    """A page number, and perhaps a running head, after every so many lines."""
    out = []
    for index, line in enumerate(text.split("\n"), 1):
        out.append(line)
        if index % every == 0:
            out.append(number.format(page=index // every, pages=20))
            if head:
                out.append(head)
    return "\n".join(out)


def full_width_digits(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def half_width(text: str) -> str:
    return text.translate(str.maketrans("（），：；", "(),:;"))
