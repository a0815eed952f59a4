"""What there is to say about a document, as the column of diagnostics shows it: notes in groups."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from agencies.models import Agency
from agencies.resolving import is_the_same_but_for_its_front, strange_signs
from importers.diagnostics import Code, Diagnostic
from importers.excerpts import Excerpt, Row, excerpt
from importers.import_plan import Finding, ImportPlan, Mention, UnknownName
from importers.learnt import Learnt
from importers.speech import KINDS, kind
from tasks.templatetags.ui import minute

# What stands around a plan's pages: said once, with the places to open.
_SURROUNDINGS = {
    Code.NOT_IN_TEXT: "文件中没有导入的内容",
    Code.PAGE_NUMBER: "页码已略去",
    Code.RUNNING_HEAD: "页眉、页脚已略去",
}
_FOLDED_FROM = 3
_NAMED_PLACES = 8


@dataclass(frozen=True)
class Note:
    """One thing to say about the document."""

    kind: str  # one of KINDS
    message: str
    anchor: str
    line: int = 0
    code: str = ""
    shown: Excerpt | None = None
    key: str = ""  # of a repair that may be undone
    is_undone: bool = False
    unknown: UnknownName | None = None
    learnt: Learnt | None = None
    mentions: tuple[Mention, ...] = ()  # of a name: where it stands

    @property
    def label(self) -> str:
        return KINDS[self.kind]

    @property
    def words(self) -> str:
        return self.shown.words if self.shown else ""

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.shown.rows if self.shown else ()

    @property
    def last_line(self) -> int:
        return self.shown.last_line if self.shown else self.line

    @property
    def lines(self) -> str:
        return f"第 {self.line}–{self.last_line} 行" if self.last_line > self.line else f"第 {self.line} 行"

    @property
    def strange(self) -> str:
        """Signs for which an unknown name cannot be anybody's."""
        return strange_signs(self.unknown.name) if self.unknown else ""

    @property
    def certain(self) -> str:
        """The one agency that an unknown name means beyond doubt."""
        if not self.unknown:
            return ""
        name, nearest = self.unknown.name, self.unknown.nearest
        sure = [each for each in nearest if is_the_same_but_for_its_front(name, each)]
        return sure[0] if len(sure) == 1 else ""


@dataclass(frozen=True)
class Fold:
    """Notes that say the same of several places."""

    label: str
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Group:
    kind: str
    entries: tuple[Note | Fold, ...]
    count: int

    @property
    def label(self) -> str:
        return KINDS[self.kind]


def notes_on(plan: ImportPlan, names: Iterable[Learnt], lines: Sequence[str]) -> list[Note]:
    """All notes, as KINDS orders them and by line within each."""
    mentions = _mentions(plan)
    notes = [
        *(_on_unknown(index, unknown) for index, unknown in enumerate(plan.unknown)),
        *(_on_remark(index, remark, lines) for index, remark in enumerate(plan.diagnostics)),
        *filter(None, (_on_learnt(each, mentions.get(each.name, ())) for each in names)),
    ]
    rank = list(KINDS)
    return sorted(notes, key=lambda note: (rank.index(note.kind), note.line))


def grouped(notes: Iterable[Note], only: str = "") -> list[Group]:
    """The notes by kind, all kinds or `only` one; what surrounds the pages is folded where it repeats."""
    return [
        Group(each, tuple(_folded(members)), len(members))
        for each, members in ((each, list(found)) for each, found in groupby(notes, lambda note: note.kind))
        if only in ("", each)
    ]


def _folded(notes: Sequence[Note]) -> Iterator[Note | Fold]:
    alike = {code: tuple(note for note in notes if note.code == code) for code in _SURROUNDINGS}
    for note in notes:
        same = alike.get(Code(note.code), ()) if note.code in _SURROUNDINGS else ()
        if len(same) < _FOLDED_FROM:
            yield note
        elif note is same[0]:
            yield Fold(_SURROUNDINGS[Code(note.code)], same)


def _on_unknown(index: int, unknown: UnknownName) -> Note:
    message = f"{_places(unknown.mentions)}的责任单位“{unknown.name}”不在单位登记册中。"
    return Note(
        kind="todo",
        message=message,
        anchor=f"note-name-{index}",
        line=unknown.mentions[0].line if unknown.mentions else 0,
        unknown=unknown,
        mentions=unknown.mentions,
    )


def _on_remark(index: int, remark: Diagnostic | Finding, lines: Sequence[str]) -> Note:
    if not isinstance(remark, Diagnostic):
        return Note(kind(remark), remark.message, f"note-{index}", remark.line, remark.code)
    return Note(
        kind=kind(remark),
        message=remark.message,
        anchor=f"note-{remark.key}",
        line=remark.line,
        code=remark.code,
        shown=excerpt(remark, lines),
        key=remark.key if remark.can_undo or remark.undone else "",
        is_undone=remark.undone,
    )


def _on_learnt(learnt: Learnt, mentions: tuple[Mention, ...]) -> Note | None:
    """A decision that can still be taken back, or the reminder that an alias was learnt and not given."""
    line = mentions[0].line if mentions else 0
    anchor = f"note-learnt-{learnt.alias.pk if learnt.alias else f'agency-{learnt.agency.pk}'}"
    where = _places(mentions)
    if not learnt.is_used:
        message = f"{where}的“{learnt.name}”{_meaning(learnt.alias and learnt.agency)}"
        return Note("settled", message, anchor, line, learnt=learnt, mentions=mentions)
    if learnt.alias is None:
        return None
    message = (
        f"{where}的“{learnt.name}”{_meaning(learnt.agency)}别名由{learnt.by}于 {minute(learnt.at)} 登记。"
    )
    return Note("hint", message, anchor, line, learnt=learnt, mentions=mentions)


def _meaning(agency: Agency | None) -> str:
    return f"对应到“{agency}”。" if agency else "已登记为新单位。"


def _mentions(plan: ImportPlan) -> dict[str, tuple[Mention, ...]]:
    found: dict[str, list[Mention]] = {}
    for step in plan.steps:
        for part in step.content.parts:
            mention = Mention(step.content.number, step.citation.first_line or 0)
            found.setdefault(part.named_as, []).append(mention)
    return {name: tuple(mentions) for name, mentions in found.items()}


def _places(mentions: Sequence[Mention]) -> str:
    listed = "、".join(f"第 {mention.task} 项" for mention in mentions[:_NAMED_PLACES])
    return listed + (f"等 {len(mentions)} 项" if len(mentions) > _NAMED_PLACES else "")
