"""The responsibility clause: who answers for a task, in which role, and until when.

Plans say it in many ways. This grammar reads a clause without its brackets, normalised to full-width
punctuation and without line breaks; `tests/importers/test_clauses.py` holds the whole table. In short:

==============================================  =====================================================
A、B负责                                        A leads, B takes part: the first one listed leads
A、B按职责分工负责                              the same, each by its own duties
A、B等部门负责 / A等按职责分工负责              the list is open-ended
A牵头，B、C配合 / A牵头负责，B参与              as it says
由A会同B、C负责                                 A leads, B and C take part
牵头单位：A；配合单位：B、C                     labels say the role
责任单位：A、B                                  one label: the first one listed leads
A、B负责，2024年12月底前完成                    with a deadline: the last day of the month named
完成时限：2024年6月 / 持续推进                  a deadline alone; nobody named
A、B                                            names only: a clause only where nothing else can stand
==============================================  =====================================================

Names are what the text says, collectives (联席会议成员单位, 各有关部门) included. There is no list of
agencies: a name is told by the word it ends in (部, 局, 委, 办公室 …), to tell a clause from other brackets.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from importers.deadlines import last_day, read_deadline

LONGEST = 1500  # characters; a clause of all the agencies there are is a third of this


class Role(StrEnum):
    LEAD = "lead"
    PARTICIPANT = "participant"


class Duty(StrEnum):
    JOINT = "joint"
    BY_DUTY = "by_duty"


@dataclass(frozen=True, slots=True)
class ParsedAgency:
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Clause:
    text: str
    agencies: tuple[ParsedAgency, ...] = ()
    duty: Duty = Duty.JOINT
    open_ended: bool = False
    due: datetime.date | None = None
    explicit: bool = False  # says 负责, 牵头, 责任单位： or a deadline; else it is names only
    doubtful: tuple[str, ...] = ()  # names that do not look like an agency
    repeated: tuple[str, ...] = ()  # names that stood twice
    further_leads: tuple[str, ...] = ()  # said to lead as well, taken as participants
    notes: tuple[
        str, ...
    ] = ()  # what it says beside: 以下各项均需各市落实, 不再列出; nobody is taken from these
    lead_stated: bool = False  # says who leads; else the first one listed does

    @property
    def is_certain(self) -> bool:
        """A clause wherever it stands: it says so, and at least half of its names look like agencies."""
        return self.explicit and 2 * len(self.doubtful) <= len(self.agencies)


_LEAD_VERBS = ("牵头", "主办", "承办", "负责", "落实", "主抓")
_HELP_VERBS = ("配合", "参与", "参加", "协助", "协办", "协同", "支持", "指导")
_LEAD_LABELS = ("牵头", "主办", "主责")
_FILL_VERBS = ("组织", "实施", "推进", "统筹", "办理", "推动")
_ADVERBS = (
    "共同",
    "分别",
    "分头",
    "联合",
    "具体",
    "总体",
    "各自",
    "积极",
    "密切",
    "予以",
    "主要",
    "结合实际",
)
_VERBS = frozenset(_LEAD_VERBS + _HELP_VERBS + _FILL_VERBS)  # each of two characters

_HINT = re.compile(
    "负责|牵头|落实|主办|承办|配合|参与|参加|协助|协办|单位|部门|完成|[:：前底末内]|持续|长期|常态|推进|[0-9][年月]"
)
_TIME = re.compile("[月季底末内]|半?年")
_BRACKETS = re.compile("[（(][^（()）]*[)）]")
_SEPARATOR = re.compile(
    "[，,；;。]|(?<=牵头|负责|配合|参与|参加|协助)、"
    "|(?<=牵头)(?=[^，,；;。、：:])(?!负责|落实|组织|推进|实施|统筹|单位|部门|会同|并|抓)"
)
_LABEL = re.compile(
    "(?:主要|第一|共同|总|具体|其他|其它)?"
    "(?P<kind>牵头|主办|主责|责任|负责|承办|实施|落实|参与|参加|配合|协办|协同|协助|支持|会同)"
    "(?:责任)?(?:单位|部门|机构|主体|方|地区|处室)?(?:及(?:责任)?(?:单位|部门))?[：:]"
    "|(?P<person>(?:责任|分管|牵头|联系|包保)(?:领导|人员?))[：:]"
    "|(?P<other>责任分工|任务分工|职责分工|分工)[：:]"
    "|(?P<time>(?:完成|办结|推进|工作|实施)?(?:时限|时间|期限|节点|进度)(?:要求|安排|节点)?)[：:]"
)
_CALLED = re.compile("(.+)为(?:主要|第一)?(牵头|负责|配合|参与|主办|协办)(?:单位|部门)")
# 各省、自治区、直辖市知识产权局 is one collective, and so is 各市、县（市、区）人民政府.
_EVERYWHERE = re.compile(
    "各(?:省|市|县|区|州|盟)(?:（[^（）]*）)?"
    "(?:[、和及](?:自治区|直辖市|自治[州县旗]|市|州|盟|县|区|旗|计划单列市|新疆生产建设兵团)(?:（[^（）]*）)?)+"
    "[^、，,；;和及与]*"
)
# What speaks of other tasks, or of the list itself, names nobody for this one.
_NOTE = re.compile("(?:以下|上述|其余|余同|下同|不再|由多个|[排列]在?(?:首位|第一)).*|.*下同")
_NOTE_BEHIND_NAME = re.compile("[（(][^（()）]*(?:第一位|首位|下同)[^（()）]*[)）]$")
_NOBODY = frozenset("无/—-")  # what a form says where there is no agency
# 市直有关部门、单位 and 各有关部门和单位 are one party, and so is 省各委、办、局.
_NO_PARTY_ALONE = frozenset(("单位", "部门", "机构", "地方", "地区", "企业"))

_BY_DUTY = re.compile(
    "(?:按照?|依照?|依据|根据)?(?:各自)?(?:部门)?(?:职责|职能|任务|工作)?(?:任务)?分工$|(?:按照?|依照?|根据)(?:各自)?(?:职责|职能|职责范围|职责权限)$|在?(?:各自)?职责范围内$"
)
_SAYS_DUTY = re.compile("分工|职责|职能")
_OPEN_END = re.compile(
    "等(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})?[个家]?(?:中央和国家机关|国务院|其他|各)?(?:相关|有关)?(?:成员)?"
    "(?:部门|单位|机构|部委|地方|地区|方面)?(?:[和及、]?(?:单位|部门|地方|地区|机构))?$"
)
_LEAD_NOTE = re.compile("[（(](?:牵头|主办|主责|负责)(?:单位|部门)?[)）]$")
_FIRST = re.compile("^(?:由|请|以及|及|和|与|并|经)+")
_JOINT = re.compile("会同")
_CONJUNCTION = re.compile("以及|和|及(?!其)|与")
# What the name of an agency ends in, a bracket behind it apart. The longest has three characters.
_ENDING_WORDS = (
    "部 局 委 会 院 署 办 厅 司 中心 单位 部门 机构 行 协 政府 集团 公司 大学 高校 学校 党校 联盟 组 处 社 馆"
    " 所 军 地区 地方 地 室 省 自治区 兵团 市 区 县 州 旗 团中央 妇联 工商联 残联 文联 侨联 企业 成员 法 检"
    " 机关 团体 海关 总台 电视台 专班 总队 支队 街道 乡 镇 人大 军兵种"
)
_ENDINGS = tuple(_ENDING_WORDS.split())
# What the last word of a clause may end in: a name, a verb, a time. Looked at before anything is read.
LAST_CHARACTERS = frozenset(word[-1] for word in (*_ENDINGS, *_VERBS)) | frozenset("前底末内日月度年期成持")
_NO_LIST = re.compile("[。！？：《》“”]")
_BRACKET_BEHIND = re.compile("[（(][^（()）]*[)）]$")

_NO_NAME = re.compile("要(?!素)|应当|加强|上述|各项|列第一位|报送|[局部委会院署办厅]各")


def read_clause(content: str, year: int | None = None) -> Clause | None:
    """The clause that the words of a bracket say, or None where they say something else.

    `year` completes a deadline that names only a month. Costs a time linear in the length of `content`."""
    # Most clauses name no time: they are read once, whoever asks.
    return _read(content, year if _TIME.search(content) else None)


@lru_cache(maxsize=8192)
def _read(content: str, year: int | None) -> Clause | None:
    if not 1 < len(content) <= LONGEST:
        return None
    if _HINT.search(content) is None:
        return _names_only(content)
    reading = _Reading(year)
    for part, label in _parts(content):
        reading.take(part, label)
    return reading.clause(content)


def is_label(words: str) -> bool:
    """Whether words without a colon are a label of a clause: 责任单位, 完成时限."""
    return _LABEL.fullmatch(f"{words}：") is not None


def looks_like_agency(name: str) -> bool:
    if name.endswith(("）", ")")):
        name = _BRACKET_BEHIND.sub("", name)
    return len(name) >= 2 and name.endswith(_ENDINGS) and _NO_NAME.search(name) is None


def _names_only(content: str) -> Clause | None:
    names, open_ended = _names(content)
    reading = _Reading(None)
    reading.pending = [name for name, _ in names]
    reading.open_ended = open_ended
    return reading.clause(content)


def _is_name_alone(name: str) -> bool:
    return len(name) >= 3 and looks_like_agency(name)


def _parts(content: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """The parts between separators, each with the label it stands under; brackets inside are not cut."""
    masked = _BRACKETS.sub(_mask, content)
    labels = list(_LABEL.finditer(masked))
    edges = [0, *(match.start() for match in labels), len(content)]
    for index in range(len(edges) - 1):
        label = labels[index - 1] if index else None
        start = label.end() if label else 0
        position = start
        for separator in _SEPARATOR.finditer(masked, start, edges[index + 1]):
            yield content[position : separator.start()], label
            position = separator.end()
        yield content[position : edges[index + 1]], label


class _Reading:
    """What has been understood of a clause so far, part by part."""

    def __init__(self, year: int | None) -> None:
        self.year = year
        self.agencies: list[tuple[str, Role]] = []
        self.pending: list[str] = []  # names whose verb has not come yet
        self.lead: str | None = None
        self.by_duty = self.open_ended = self.lead_stated = False
        self.explicit = self.timed = False  # a word says who; a word says until when
        self.dues: list[datetime.date] = []
        self.repeated: list[str] = []
        self.further_leads: list[str] = []
        self.notes: list[str] = []

    def take(self, part: str, label: re.Match[str] | None) -> None:
        """Understand one part under its label."""
        if not part:
            self.explicit |= label is not None
        elif _NOTE.fullmatch(part):
            self.notes.append(part)
        elif label is not None and label["time"]:
            self.timed = True
            due = last_day(part, self.year)
            self.dues += [due] if due else []
        elif label is not None and label["person"]:
            pass  # a person answers to the agency; the clause keeps the words
        elif not self._take_deadline(part):
            is_called = _CALLED.fullmatch(part)
            self._take_names(is_called[1] + is_called[2] if is_called else part, label)

    def _take_deadline(self, part: str) -> bool:
        deadline = read_deadline(part, self.year, behind_names=bool(self.agencies or self.pending))
        if deadline is None:
            return False
        self.timed = True
        self.dues += [deadline.due] if deadline.due else []
        return True

    def _take_names(self, part: str, label: re.Match[str] | None) -> None:
        role = _role_of_label(label)
        joint = _JOINT.split(part)
        for index, chunk in enumerate(joint):
            rest, verbs, by_duty = _without_verbs(chunk)
            names, open_ended = _names(rest)
            self.by_duty |= by_duty
            self.open_ended |= open_ended
            last = index == len(joint) - 1
            leads = any(verb in verbs for verb in _LEAD_VERBS)
            helps = any(verb in verbs for verb in _HELP_VERBS)
            self.explicit |= leads or role is not None
            plain = [name for name, _ in names]
            says_lead = any(verb in verbs for verb in _LEAD_LABELS) or (
                label is not None and label["kind"] in _LEAD_LABELS
            )
            # 责任单位：A；牵头单位：B: who is said to lead does, wherever it stands.
            first = next(iter([*self.pending, *plain]), None) if says_lead and index == 0 else None
            displaced = first if self.lead is not None and not self.lead_stated else None
            if index > 0:
                self.add(plain, Role.PARTICIPANT)
            elif role is not None:
                self.add(plain, role)
            elif leads or (not last and len(joint) > 1):
                self.add([*self.pending, *plain], Role.LEAD)
                self.pending = []
            elif helps:  # 多方参与 alone is no clause: it does not make this one explicit
                self.add([*self.pending, *plain], Role.PARTICIPANT)
                self.pending = []
            else:
                self.pending += plain
            if displaced is not None:
                self._promote(displaced)
            self.lead_stated |= says_lead or (len(joint) > 1 and index == 0 and bool(plain))
            if says_lead and index == 0:
                self.further_leads += [name for name in plain if name != self.lead]
            for name in (name for name, noted in names if noted):
                self._promote(name)

    def add(self, names: Sequence[str], role: Role) -> None:
        for name in names:
            if any(known == name for known, _ in self.agencies):
                self.repeated.append(name)
                continue
            if role is Role.LEAD and self.lead is None:
                self.lead = name
                self.agencies.append((name, Role.LEAD))
            else:
                self.agencies.append((name, Role.PARTICIPANT))

    def _promote(self, name: str) -> None:
        self.explicit = self.lead_stated = True
        self.lead = name
        self.agencies = [(each, Role.LEAD if each == name else Role.PARTICIPANT) for each, _ in self.agencies]
        if all(each != name for each, _ in self.agencies):
            self.pending = [each for each in self.pending if each != name]
            self.agencies.append((name, Role.LEAD))

    def clause(self, text: str) -> Clause | None:
        """What was understood; None where nothing says who or until when and not all of it are names."""
        explicit = self.explicit or (self.timed and not (self.agencies or self.pending))
        if not explicit and (self.agencies or not all(map(_is_name_alone, self.pending))):
            return None
        if not explicit and (not self.pending or _NO_LIST.search(text)):
            return None
        if self.explicit and self.pending and not self.agencies:
            return None
        self.add(self.pending, Role.PARTICIPANT)
        agencies = self._with_a_lead()
        return Clause(
            text=text,
            agencies=agencies,
            duty=Duty.BY_DUTY if self.by_duty else Duty.JOINT,
            open_ended=self.open_ended,
            due=max(self.dues, default=None),
            explicit=explicit,
            doubtful=tuple(each.name for each in agencies if not looks_like_agency(each.name)),
            repeated=tuple(self.repeated),
            further_leads=tuple(self.further_leads),
            notes=tuple(self.notes),
            lead_stated=self.lead_stated,
        )

    def _with_a_lead(self) -> tuple[ParsedAgency, ...]:
        if self.lead is None and self.agencies:
            self.agencies[0] = (self.agencies[0][0], Role.LEAD)
        return tuple(ParsedAgency(name, role) for name, role in self.agencies)


def _role_of_label(label: re.Match[str] | None) -> Role | None:
    if label is None:
        return None
    if label["kind"] in ("参与", "参加", "配合", "协办", "协同", "协助", "支持", "会同"):
        return Role.PARTICIPANT
    return Role.LEAD


def _without_verbs(chunk: str) -> tuple[str, set[str], bool]:
    """The names at the front, the verbs behind them, and whether each answers by its own duties."""
    verbs: set[str] = set()
    by_duty = False
    while chunk:
        if chunk[-2:] in _VERBS:
            verbs.add(chunk[-2:])
            chunk = chunk[:-2]
        else:
            if not verbs:
                break
            match = _BY_DUTY.search(chunk[-14:]) if _SAYS_DUTY.search(chunk[-14:]) else None
            if match is not None:
                by_duty = True
                chunk = chunk[: len(chunk) - len(match[0])]
                continue
            adverb = next((word for word in _ADVERBS if chunk.endswith(word)), None)
            if adverb is None:
                break
            chunk = chunk[: -len(adverb)]
    return chunk.rstrip("、"), verbs, by_duty


def listed_names(listed: str) -> tuple[str, ...]:
    """The names of a list of agencies outside a clause, as a notice is addressed."""
    return tuple(name for name, _ in _names(listed)[0])


def _names(listed: str) -> tuple[list[tuple[str, bool]], bool]:
    """The names of a list, each with whether it is noted as the lead, and whether the list is open-ended."""
    names: list[tuple[str, bool]] = []
    open_ended = False
    masked = _BRACKETS.sub(_mask, _EVERYWHERE.sub(_mask, listed) if "各" in listed else listed)
    position = 0
    for separator in [*re.finditer("[、，,；;]", masked), None]:
        end = separator.start() if separator else len(listed)
        item = listed[position:end]
        for name in _apart(item, masked[position:end]):
            listed_name = _without_open_end(name)
            open_ended |= listed_name != name
            name = listed_name
            name = _FIRST.sub("", name.strip())
            noted = _LEAD_NOTE.search(name) if name.endswith(("）", ")")) else None
            if noted is not None:
                name = name[: noted.start()]
            name = _NOTE_BEHIND_NAME.sub("", name) if name.endswith(("）", ")")) else name
            if names and (name in _NO_PARTY_ALONE or len(name) == 1):
                if not open_ended:
                    names[-1] = (names[-1][0] + listed[position - 1] + name, names[-1][1])
            elif name and name not in _NOBODY:
                names.append((name, noted is not None))
        position = separator.end() if separator else end
    return names, open_ended


def _mask(match: re.Match[str]) -> str:
    return "\ue000" * len(match[0])


def _apart(item: str, masked: str) -> Iterator[str]:
    """Names joined by 和, 及, 与, where what stands before is a whole name: 工业和信息化部 is one."""
    position = 0
    for match in _CONJUNCTION.finditer(masked):
        left = _without_open_end(item[position : match.start()])
        right = item[match.end() :]
        if len(left) >= 3 and looks_like_agency(left) and len(right) >= 2 and right not in _NO_PARTY_ALONE:
            yield item[position : match.start()]
            position = match.end()
    yield item[position:]


def _without_open_end(name: str) -> str:
    """财政部等有关部门 without 等有关部门."""
    unlisted = _OPEN_END.search(name[-24:]) if "等" in name else None
    return name[: len(name) - len(unlisted[0])] if unlisted else name
