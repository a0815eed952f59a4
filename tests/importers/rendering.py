"""Writing a book (see `books`) in any layout and any form of clause, and saying what must come of it."""

import datetime
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from opencc import OpenCC

from importers.conservation import unaccounted
from importers.diagnostics import Severity
from importers.parsed import NotAPlan, ParsedPlan, parse_plan
from importers.readers import document_from_text
from tests.importers import oracle
from tests.importers.books import BOOKS, Book, Item
from tests.importers.oracle import NUMERALS, Style, full_width_digits, half_width, paged, torn, wrapped

# Clauses: a form writes a task's text and clause, and says what is to come of it


@dataclass(frozen=True)
class Said:
    written: str  # the text with its clause or clauses
    text: str
    responsibility: str
    agencies: tuple[tuple[str, str], ...]
    duty: str = "joint"
    open_ended: bool = False
    due: datetime.date | None = None


Form = Callable[[Item, int], Said]


def roles(item: Item) -> tuple[tuple[str, str], ...]:
    return tuple((name, "participant" if index else "lead") for index, name in enumerate(item.agencies))


def form(template: str, *, alone: str = "", brackets: str = "（{}）", **more: object) -> Form:
    """`template` has {lead}, {rest}, {all}; `alone` is for tasks with one agency; {y} is the plan's year."""

    def write(item: Item, year: int) -> Said:
        lead, *others = item.agencies
        words = (template if others else alone or template).format(
            lead=lead, rest="、".join(others), all="、".join(item.agencies), y=year
        )
        due = more.get("due")
        said = Said(item.text + brackets.format(words), item.text, words, roles(item))
        return replace(
            said,
            duty=str(more.get("duty", "joint")),
            open_ended=bool(more.get("open_ended", False)),
            due=datetime.date(year, *due) if isinstance(due, tuple) else None,
        )

    return write


def as_it_is(item: Item, year: int, brackets: str = "（{}）") -> Said:
    ending = "等部门" if item.open_ended else "按职责分工" if item.by_duty else ""
    words = "、".join(item.agencies) + ending + "负责"
    duty = "by_duty" if item.by_duty and not item.open_ended else "joint"
    return Said(item.text + brackets.format(words), item.text, words, roles(item), duty, item.open_ended)


def behind_each_sentence(item: Item, year: int) -> Said:
    """The first sentence is the lead's, the others are for the rest: two clauses in one task."""
    first, stop, others = item.text.partition("。")
    lead, *rest = item.agencies
    if (
        not others
        or not rest
        or first.count("“") != first.count("”")
        or first.count("《") != first.count("》")
    ):
        return as_it_is(item, year)
    one, two = f"{lead}负责", f"{'、'.join(rest)}负责"
    return Said(f"{first}{stop}（{one}）{others}（{two}）", item.text, f"{one}；{two}", roles(item))


def with_deadline_behind(item: Item, year: int) -> Said:
    said = as_it_is(item, year)
    return replace(
        said,
        written=f"{said.written}（{year}年6月底前完成）",
        responsibility=f"{said.responsibility}；{year}年6月底前完成",
        due=datetime.date(year, 6, 30),
    )


def at_line_end(item: Item, year: int) -> Said:
    """No brackets, in a line of its own."""
    words = "责任单位：" + "、".join(item.agencies)
    return Said(f"{item.text}\n{words}", item.text, words, roles(item))


FORMS: dict[str, Form] = {
    "as it is": as_it_is,
    "lenticular": lambda item, year: as_it_is(item, year, "【{}】"),
    "tortoise": lambda item, year: as_it_is(item, year, "〔{}〕"),
    "lead, help": form("{lead}牵头，{rest}配合", alone="{lead}牵头"),
    "lead answers": form("{lead}牵头负责，{rest}参与", alone="{lead}牵头负责"),
    "lead, others answer": form(
        "{lead}牵头，{rest}按职责分工负责", alone="{lead}牵头，按职责分工负责", duty="by_duty"
    ),
    "labels": form("牵头单位：{lead}；参与单位：{rest}", alone="牵头单位：{lead}"),
    "labels, help": form("牵头单位：{lead}；配合单位：{rest}", alone="牵头单位：{lead}"),
    "labels, answer": form("牵头单位：{lead}；责任单位：{rest}", alone="牵头单位：{lead}"),
    "labels, comma": form("牵头单位：{lead}，配合单位：{rest}", alone="牵头单位：{lead}"),
    "one label": form("责任单位：{all}"),
    "together": form("由{lead}会同{rest}负责", alone="由{lead}负责"),
    "lead together": form("{lead}牵头，会同{rest}负责", alone="{lead}牵头负责"),
    "names": form("{all}"),
    "open": form("{all}等部门负责", open_ended=True),
    "open by duty": form("{all}等按职责分工负责", open_ended=True, duty="by_duty"),
    "own duties": form("{all}按照职责分工负责", duty="by_duty"),
    "deadline inside": form("{all}负责，{y}年12月底前完成", due=(12, 31)),
    "deadline label": form("责任单位：{all}；完成时限：{y}年6月", due=(6, 30)),
    "going on": form("{all}负责，持续推进"),
    "deadline behind": with_deadline_behind,
    "several clauses": behind_each_sentence,
    "own line": lambda item, year: replace(
        said := as_it_is(item, year), written=f"{item.text}\n（{said.responsibility}）"
    ),
    "no brackets": at_line_end,
}

# Books as paragraphs

FRONTS: dict[str, Callable[[Book], list[str]]] = {
    "": lambda book: [],
    "notice": lambda book: list(book.notice) or NOTICE,
    "notice, chinese date": lambda book: [*NOTICE[:-1], "二〇二四年三月一日"],
    "notice, annex": lambda book: [*(book.notice or NOTICE), "附件：" + book.title, "附件1"],
    "issuer in front": lambda book: [
        "某某联席会议办公室关于印发《" + book.title + "》的通知",
        *NOTICE[:2],
        "现将《" + book.title + "》印发给你们，请认真组织实施。",
        "2024年3月1日",
    ],
    "news": lambda book: [
        f"近日，某某联席会议办公室印发《{book.title}》，明确7个方面"
        f"{sum(1 for _ in book.items())}项重点任务。全文如下："
    ],
}
NOTICE = [
    "某联办〔2024〕6号",
    "联席会议各成员单位，中央政法委、中央网信办：",
    "经联席会议同意，现将计划印发，请认真组织实施。",
    "特此通知。",
    "某某部际联席会议办公室（代章）",
    "2024年3月1日",
]
TAILS: dict[str, list[str]] = {
    "": [],
    "signed": ["某某联席会议办公室", "2024年3月1日"],
    "distribution": ["抄送：各省级联席会议办公室。", "某某联席会议办公室　　　　2024年3月2日印发"],
}


def numbered(book: Book, item: Item) -> str:
    number = item.written or item.number
    return chinese(number) if book.numeral == "chinese" else str(number)


def chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("十" if tens == 1 else NUMERALS[tens] + "十" if tens else "") + (NUMERALS[ones] if ones else "")


def paragraphs(book: Book, style: Style, clause: Form, *, front: str = "", tail: str = "") -> list[str]:
    lines = [*FRONTS[front](book), book.title, book.preamble]
    chapter_before = section_before = 0
    for number, chapter, index, section, item in book.items():
        if number != chapter_before:
            lines.append(style.chapter.format(NUMERALS[number]) + chapter.title)
            chapter_before, section_before = number, 0
        if index and index != section_before and section.title:
            lines.append(style.section.format(NUMERALS[index]) + section.title)
            section_before = index
        written = style.task.format(numbered(book, item)) + clause(item, book.years[-1]).written
        lines += written.split("\n")
    return lines + ([book.closing] if book.closing else []) + TAILS[tail]


def expected(book: Book, clause: Form) -> list[tuple[object, ...]]:
    """What `oracle.records_of` has to read from the parsed plan."""
    found: list[tuple[object, ...]] = []
    for number, chapter, index, section, item in book.items():
        said = clause(item, book.years[-1])
        head = (number, chapter.title, index, section.title)
        what = (said.text, said.responsibility, said.agencies, said.duty, said.open_ended, said.due)
        found.append((*head, item.number, *what))
    return found


# Layouts: from paragraphs to a text; the seed makes each one another

Layout = Callable[[list[str], int], str]
WATERMARK = "（某某成果评价）"


def _marked(lines: list[str], seed: int, where: str, words: str = WATERMARK) -> str:
    """A watermark in three or more tasks: before the clause, behind it, or between two sentences."""
    chance = random.Random(seed)  # noqa: S311 - a layout, not a secret
    out = list(lines)
    fits = {"clause": "。（", "behind": "）$", "sentence": "。(?=[\u4e00-\u9fff《])"}[where]
    if where == "sentence" and sum(1 for line in lines if re.search(fits, line)) < 4:
        fits = "。（"  # a short plan: fewer than three would be no watermark
    tasks = [
        index
        for index, line in enumerate(lines)
        if re.match(r"[（(]?[0-9一二三四五六七八九十]+[.、）)]", line)
    ]
    places = [index for index in tasks if re.search(fits, lines[index])]
    for index in chance.sample(places, min(len(places), 4)):
        match = re.search(fits, out[index])
        assert match is not None
        at = match.start() + 1
        out[index] = out[index][:at] + words + out[index][at:]
    return "\n".join(out)


def _paged(width: int, every: int, number: str, head: str = "") -> Layout:
    return lambda lines, seed: paged(
        wrapped(lines, width + seed % 5), min(every, max(4, sum(map(len, lines)) // width // 4)), number, head
    )


def _every(lines: list[str], seed: int, characters: str) -> str:
    chance = random.Random(seed)  # noqa: S311
    return "\n".join(
        # A space between two Latin letters may be meant, and so may one behind a dot.
        "".join(
            each + (chance.choice(characters) if chance.randrange(9) == 0 and not pair.isascii() else "")
            for each, pair in zip(line, (line[i : i + 2] for i in range(len(line))), strict=True)
        )
        for line in lines
    )


def _converted(name: str) -> Layout:
    return lambda lines, seed: OpenCC(name).convert("\n".join(lines))


def _mixed_width(lines: list[str], seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311
    other = str.maketrans("（），：；0123456789", "(),:;０１２３４５６７８９")
    return "\n".join(
        "".join(each.translate(other) if chance.randrange(2) else each for each in line) for line in lines
    )


LAYOUTS: dict[str, Layout] = {
    "plain": lambda lines, seed: "\n".join(lines),
    "blank lines": lambda lines, seed: "\n\n".join(lines),
    "indented": lambda lines, seed: "\n\u3000\u3000".join(lines),
    "crlf": lambda lines, seed: "\r\n".join(lines),
    "cr": lambda lines, seed: "\r".join(lines),
    "pages": lambda lines, seed: "\x0c".join(lines),
    "one line": lambda lines, seed: "".join(lines),
    "one line, spaced": lambda lines, seed: " ".join(lines),
    "one line, half width": lambda lines, seed: half_width("".join(lines)),
    "wrapped narrow": lambda lines, seed: wrapped(lines, 7 + seed % 9),
    "wrapped": lambda lines, seed: wrapped(lines, 16 + seed % 20),
    "wrapped wide": lambda lines, seed: wrapped(lines, 36 + seed % 50),
    "wrapped, blank lines": lambda lines, seed: wrapped(lines, 12 + seed % 30, blank=True),
    "wrapped over paragraphs": lambda lines, seed: wrapped(["".join(lines)], 11 + seed % 40),
    "wrapped, half width": lambda lines, seed: half_width(wrapped(lines, 13 + seed % 30)),
    "torn": lambda lines, seed: torn(lines, seed),
    "torn often": lambda lines, seed: torn(lines, seed, often=6),
    "torn, blank lines": lambda lines, seed: torn(lines, seed, blank=True),
    "page numbers, dashes": _paged(28, 22, "— {page} —"),
    "page numbers, hyphens": _paged(31, 25, "- {page} -"),
    "page numbers in words": _paged(26, 22, "第 {page} 页 共 {pages} 页"),
    "bare page numbers": _paged(30, 24, "{page}"),
    "page number and head": _paged(28, 22, "— {page} —", "某某部际联席会议办公室文件"),
    "running head": _paged(33, 21, "某某部际联席会议办公室文件"),
    "half width": lambda lines, seed: half_width("\n".join(lines)),
    "mixed width": _mixed_width,
    "full width digits": lambda lines, seed: full_width_digits("\n".join(lines)),
    "zero width": lambda lines, seed: _every(lines, seed, "\u200b\ufeff\u200d"),
    "odd spaces": lambda lines, seed: _every(lines, seed, "\u3000\xa0\t \u2003"),
    "traditional": _converted("s2t"),
    "traditional, Taiwan": _converted("s2tw"),
    "traditional, Hong Kong": _converted("s2hk"),
    "watermark before the clause": lambda lines, seed: _marked(lines, seed, "clause"),
    "watermark behind the clause": lambda lines, seed: _marked(lines, seed, "behind"),
    "watermark between sentences": lambda lines, seed: _marked(lines, seed, "sentence"),
    "bare watermark before the clause": lambda lines, seed: _marked(lines, seed, "clause", "科创成果评价网"),
    "bare watermark between sentences": lambda lines, seed: _marked(
        lines, seed, "sentence", "科创成果评价网"
    ),
}


# Judging


@dataclass(frozen=True)
class Verdict:
    is_exact: bool
    is_silent: bool  # not exact, and no diagnostic says so, or characters are gone
    why: str = ""


EXPECTED_WARNINGS = {"open_ended", "bare_clause", "renumbered"}


def judged(text: str, book: Book, clause: Form, *, front: str = "") -> Verdict:
    """Whether the text comes out as the book says, wholly; where not, whether that is said aloud."""
    document = document_from_text(text)
    try:
        plan = parse_plan(document)
    except NotAPlan as refusal:
        return Verdict(False, False, f"no plan: {refusal}")
    gone = unaccounted(document, plan)
    loud = plan.has_errors or any(
        each.severity is Severity.WARNING and each.code not in EXPECTED_WARNINGS for each in plan.diagnostics
    )
    differences = list(_differences(plan, book, clause, front))
    if not differences and not gone and not loud:
        return Verdict(True, False)
    warned = [
        f"{each.code}@{each.line} {each.before[:20]!r}"
        for each in plan.diagnostics
        if each.severity != "info"
    ]
    why = "; ".join([*differences[:2], *(f"gone: {each}" for each in gone[:2]), *warned[:3]])
    return Verdict(False, bool(gone) or (bool(differences) and not loud), why)


def _differences(plan: ParsedPlan, book: Book, clause: Form, front: str) -> Iterator[str]:
    wanted, found = expected(book, clause), oracle.records_of(plan)
    if len(wanted) != len(found):
        yield f"{len(found)} tasks instead of {len(wanted)}"
    for one, other in zip(wanted, found, strict=False):
        if one != other:
            yield f"{[(a, b) for a, b in zip(one, other, strict=True) if a != b][:2]}"
    facts = {
        "title": book.title,
        "years": book.years,
        "preamble": book.preamble,
        "closing_rule": book.closing,
    }
    if front == "notice" and book.notice:
        facts |= book.facts
    elif front in ("notice", "notice, chinese date", "notice, annex") and not book.notice:
        facts |= {
            "document_number": "某联办〔2024〕6号",
            "issuer": "某某部际联席会议办公室",
            "issued_on": datetime.date(2024, 3, 1),
            "addressees": ("联席会议各成员单位", "中央政法委", "中央网信办"),
        }
    for name, value in facts.items():
        if getattr(plan, name) != value:
            yield f"{name}: {str(getattr(plan, name))[:60]!r}"


# The whole product of it


STYLES = [
    Style(task=task, chapter=chapter, section=section)
    for task in ("{}.", "{}、", "{}．", "（{}）", "({})", "{}. ", "{}）")
    for chapter, section in (
        ("{}、", "（{}）"),
        ("{}、", "({})"),
        ("第{}章 ", "第{}节 "),
        ("第{}章", "（{}）"),
        ("第{}部分 ", "（{}）"),
    )
]


@dataclass(frozen=True)
class Case:
    """One rendering: which book, how its clauses, numbers and headings are written, what stands around it."""

    family: str
    book: Book
    layout: str = "plain"
    clause: str = "as it is"
    style: Style | None = None
    front: str = ""
    tail: str = ""
    seed: int = 0

    def __str__(self) -> str:
        written = self.style and f"{self.style.task} {self.style.chapter} {self.style.section}"
        parts = (
            self.book.name,
            self.layout,
            self.clause,
            written,
            self.front,
            self.tail,
            f"seed {self.seed}",
        )
        return f"{self.family}: " + " | ".join(str(part) for part in parts if part)

    def text(self) -> str:
        style = self.style or self.book.style
        lines = paragraphs(self.book, style, FORMS[self.clause], front=self.front, tail=self.tail)
        return LAYOUTS[self.layout](lines, self.seed)

    def verdict(self) -> Verdict:
        return judged(self.text(), self.book, FORMS[self.clause], front=self.front)


def every_case(seeds: int) -> Iterator[Case]:
    """All of it: layouts x clauses, layouts x styles, layouts x what stands around, each with its seeds."""
    for book in BOOKS:
        for layout in LAYOUTS:
            for seed in range(seeds):
                for clause in FORMS:
                    yield Case("clauses", book, layout, clause, seed=seed)
                for style in STYLES if book.numeral == "arabic" else []:
                    yield Case("numbers and headings", book, layout, style=style, seed=seed)
                for front in FRONTS:
                    for tail in TAILS:
                        yield Case("notice, news, signature", book, layout, front=front, tail=tail, seed=seed)


def sampled(count: int, seed: int) -> list[Case]:
    """`count` cases of all, spread over the families, layouts and clauses; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    families: dict[str, list[Case]] = {}
    for case in every_case(3):
        families.setdefault(case.family, []).append(case)
    return [case for cases in families.values() for case in chance.sample(cases, count // len(families))]
