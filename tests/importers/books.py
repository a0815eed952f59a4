"""Plans as plain data, to be written out in any layout and held against what the importer makes of it.

Two are the real ones, by way of the oracle. The others are invented and of other shapes: other headings,
numbers that begin again, items numbered in Chinese, agencies of a province or of a single ministry.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tests.importers import oracle


@dataclass(frozen=True)
class Item:
    number: int  # within the whole plan
    text: str
    agencies: tuple[str, ...]
    by_duty: bool = False
    open_ended: bool = False
    written: int = 0  # the number in the text, where it is another one


@dataclass(frozen=True)
class Section:
    title: str | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Chapter:
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Book:
    name: str
    title: str
    years: tuple[int, ...]
    preamble: str
    chapters: tuple[Chapter, ...]
    closing: str = ""
    notice: tuple[str, ...] = ()  # lines in front
    tail: tuple[str, ...] = ()  # lines behind
    facts: dict[str, object] = field(default_factory=dict)  # of the notice: document_number, issuer …
    style: oracle.Style = oracle.PLAIN
    restarts: bool = False
    numeral: str = "arabic"

    def items(self) -> Iterator[tuple[int, Chapter, int | None, Section, Item]]:
        for number, chapter in enumerate(self.chapters, 1):
            for index, section in enumerate(chapter.sections, 1):
                for item in section.items:
                    yield number, chapter, index if section.title else None, section, item


def _real(year: int) -> Book:
    listed = iter(oracle.tasks(year))
    chapters = []
    for (title, titles), counts in zip(oracle.HEADINGS, oracle.COUNTS[year], strict=True):
        sections = []
        for index, count in enumerate(counts):
            items = []
            for _ in range(count):
                task = next(listed)
                names = tuple(name for name, _ in task.agencies)
                items.append(Item(task.number, task.text, names, task.duty == "by_duty", task.open_ended))
            sections.append(Section(titles[index] if titles else None, tuple(items)))
        chapters.append(Chapter(title, tuple(sections)))
    return Book(
        f"plan {year}",
        oracle.TITLES[year],
        (year,),
        oracle.preamble(year),
        tuple(chapters),
        oracle.CLOSING,
    )


def _numbered(chapters: tuple[Chapter, ...], *, restart: str = "") -> tuple[Chapter, ...]:
    """Plan-wide numbers 1..N, and where they begin again in each chapter or section the written ones."""
    number = written = 0
    out = []
    for chapter in chapters:
        written = 0 if restart == "chapter" else written
        sections = []
        for section in chapter.sections:
            written = 0 if restart == "section" else written
            items = []
            for item in section.items:
                number, written = number + 1, written + 1
                items.append(replace(item, number=number, written=written))
            sections.append(replace(section, items=tuple(items)))
        out.append(replace(chapter, sections=tuple(sections)))
    return tuple(out)


def _items(*rows: tuple[str, str]) -> tuple[Item, ...]:
    return tuple(Item(0, text, tuple(names.split("、")), by_duty="、" in names) for text, names in rows)


PROVINCE_CHAPTERS = (
    Chapter(
        "健全知识产权保护体系",
        (
            Section(
                "完善地方法规制度",
                _items(
                    (
                        "推动《某省知识产权保护条例（修订草案）》立法进程，做好配套规章的立改废释。",
                        "省市场监管局、省司法厅",
                    ),
                    ("研究制定数据知识产权登记办法（试行），开展3项以上登记试点。", "省市场监管局、省数据局"),
                    (
                        "落实“一省一策”共建任务2.0版，形成可复制推广的经验做法。",
                        "省市场监管局、省发展改革委、各市人民政府",
                    ),
                ),
            ),
            Section(
                "强化司法和行政保护",
                _items(
                    ("深化知识产权“三合一”审判机制改革。发布年度典型案例。", "省高级人民法院、省人民检察院"),
                    ("组织开展“剑网2026”“昆仑2026”等专项行动；查办一批大案要案。", "省委宣传部、省公安厅"),
                    ("推进县（市、区）保护工作站建设，2026年新增20家。", "省市场监管局"),
                ),
            ),
        ),
    ),
    Chapter(
        "促进知识产权转化运用",
        (
            Section(
                "提升创造质量",
                _items(
                    (
                        "实施高价值专利培育计划，每万人口高价值发明专利拥有量达到12.5件。",
                        "省市场监管局、省科技厅",
                    ),
                    ("支持高校院所建立专利申请前评估制度（含职务科技成果披露制度）。", "省教育厅、省科技厅"),
                ),
            ),
            Section(
                "推动市场化运营",
                _items(
                    (
                        "扩大知识产权质押融资规模，推广“知惠贷”等产品。",
                        "省地方金融管理局、中国人民银行某省分行、某省金融监管局",
                    ),
                    ("办好第十届某省专利交易周（博览会）。", "省市场监管局、省商务厅"),
                ),
            ),
        ),
    ),
    Chapter(
        "加强组织实施",
        (
            Section(
                None,
                _items(
                    ("将知识产权工作纳入高质量发展综合绩效考核。", "省委组织部、省市场监管局"),
                    ("加强宣传引导，办好全国知识产权宣传周某省分会场活动。", "省委宣传部、省市场监管局"),
                ),
            ),
        ),
    ),
)

PROVINCE = Book(
    "province",
    "2026年某省知识产权强省建设推进计划",
    (2026,),
    "为深入实施知识产权强省战略，根据《某省知识产权强省建设纲要（2021—2035年）》，明确2026年度重点任务，制定本计划。",
    _numbered(PROVINCE_CHAPTERS),
    "各责任单位要加强协同配合，牵头单位于每季度末报送进展情况。",
    notice=(
        "某知办〔2026〕12号",
        "各市人民政府，省知识产权战略实施工作领导小组各成员单位：",
        "《2026年某省知识产权强省建设推进计划》已经领导小组同意，现印发给你们，请认真贯彻落实。",
        "某省知识产权战略实施工作领导小组办公室",
        "（代章）",
        "2026年3月1日",
    ),
    facts={
        "document_number": "某知办〔2026〕12号",
        "issuer": "某省知识产权战略实施工作领导小组办公室",
        "issued_on": datetime.date(2026, 3, 1),
        "addressees": ("各市人民政府", "省知识产权战略实施工作领导小组各成员单位"),
    },
    style=oracle.Style(task="{}.", chapter="第{}章 ", section="第{}节 "),
)

PROVINCE_AGAIN = replace(
    PROVINCE,
    name="province, numbers begin again in each section",
    chapters=_numbered(PROVINCE_CHAPTERS, restart="section"),
    style=oracle.Style(task="{}.", chapter="{}、", section="（{}）"),
    restarts=True,
)

MINISTRY_CHAPTERS = (
    Chapter(
        "加强林草植物新品种保护",
        (
            Section(
                None,
                _items(
                    ("修订审查测试指南，发布第十批保护名录。", "科技司、林场种苗司"),
                    ("完善复审制度。做好DUS测试站点布局。", "科技中心"),
                    ("开展2轮执法培训和“双随机、一公开”检查。", "科技司、政法司、各派出机构"),
                ),
            ),
        ),
    ),
    Chapter(
        "推动成果转化",
        (
            Section(
                None,
                _items(
                    ("建设成果转化平台（一期），举办2021—2022年度推介会。", "科技司、规财司"),
                    ("支持院所与企业共建联合体。", "人事司、中国林科院"),
                ),
            ),
        ),
    ),
    Chapter(
        "强化保障",
        (
            Section(
                None,
                _items(
                    ("加强经费保障和督促检查。", "规财司"),
                ),
            ),
        ),
    ),
)

MINISTRY = Book(
    "ministry, two years",
    "林草知识产权工作要点",
    (2021, 2022),
    "为贯彻落实有关部署，明确2021—2022年度重点任务，制定本要点。",
    _numbered(MINISTRY_CHAPTERS),
    style=oracle.Style(task="{}、", chapter="{}、"),
)

MINISTRY_AGAIN = replace(
    MINISTRY,
    name="ministry, numbers begin again in each chapter",
    chapters=_numbered(MINISTRY_CHAPTERS, restart="chapter"),
    restarts=True,
)

CITY = replace(
    MINISTRY,
    name="items numbered in Chinese",
    title="某市2025年知识产权工作要点",
    years=(2025,),
    preamble="为做好今年工作，制定本要点。",
    style=oracle.Style(task="（{}）", chapter="{}、"),
    numeral="chinese",
)

REAL = {year: _real(year) for year in oracle.YEARS}
INVENTED = (PROVINCE, PROVINCE_AGAIN, MINISTRY, MINISTRY_AGAIN, CITY)
BOOKS = (*REAL.values(), *INVENTED)
