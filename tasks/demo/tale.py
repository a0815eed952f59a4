"""One task's years: how the office, its lead and its participants bring it to its end."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from agencies.models import Agency
from tasks.demo import words
from tasks.demo.chance import FATES, SETTLED, Fate, cast_fate, dice_for
from tasks.demo.deeds import (
    Accept,
    AskExtension,
    Deed,
    GrantExtension,
    HandIn,
    Mend,
    PeriodKey,
    RefuseExtension,
    Return,
    SetStatus,
    WithdrawExtension,
    Write,
)
from tasks.demo.files import MadeUpFile
from tasks.demo.workdays import MonthDay, Workdays
from tasks.models import AssignmentRole, PeriodKind, Plan, Status, Task

HALF, YEAR = PeriodKind.HALF_YEAR, PeriodKind.WHOLE_YEAR
# Workdays after the opening on which participants hand in, and on which leads do. What follows (returned,
# mended, accepted) takes six days at the most and ends within the year: from 12-15 on it has eleven workdays.
_FIRST = {HALF: 9, YEAR: 5}
_THEN = {HALF: (3, 13), YEAR: (2, 5)}


def periods_of(plan: Plan) -> tuple[PeriodKey, ...]:
    return tuple((year, kind) for year in plan.years for kind in (HALF, YEAR))


@dataclass(frozen=True)
class _Asked:
    """What a lead's report asks for, and whether the office makes it its own."""

    status: Status = Status.IN_PROGRESS
    takes_over: bool = True
    settles: bool = False  # handed in, and accepted before the years are over


@dataclass
class Tale:
    """One task's years. The office's entries and the lead's reports follow each other; the participants'
    reports go beside them."""

    plan: Plan
    task: Task
    outcome: Status
    voices: Collection[int]
    days: Workdays
    successors: Mapping[Agency, Agency] = field(default_factory=dict)  # who took whose part over, early on
    deeds: list[Deed] = field(default_factory=list)
    place: int = 0  # the last workday on which something became of the task
    progress: int = 0

    def told(self) -> list[Deed]:
        self.dice = dice_for(self.plan, self.task.number)
        everybody = self.task.assignments.all()
        self.is_asked = any(
            one.role == AssignmentRole.LEAD and not one.agency.is_collective for one in everybody
        )
        assigned = [one for one in everybody if one.agency_id in self.voices]
        self.lead = next((one.agency for one in assigned if one.role == AssignmentRole.LEAD), None)
        joined = [one.agency for one in assigned if one.role == AssignmentRole.PARTICIPANT]
        self.participants = [self.successors.get(agency, agency) for agency in joined]
        if self.outcome == Status.NOT_STARTED:
            self._nothing()
            return self.deeds
        self._start()
        for year in self.plan.years[:-1]:
            self._report((year, HALF), _Asked())
            self._autumn(year)
            self._report((year, YEAR), _Asked(settles=True))
        end = {Status.COMPLETED: self._completed, Status.DELAYED: self._delayed}
        end |= {Status.ADJUSTED: self._adjusted, Status.CONTINUING: self._continuing}
        end.get(self.outcome, self._unfinished)(self.plan.last_year)
        return self.deeds

    # --- how it goes -------------------------------------------------------

    def _nothing(self) -> None:
        """Nobody has begun; in some the lead has a draft that it does not hand in."""
        for key in periods_of(self.plan):
            self._parts(key)
        key = periods_of(self.plan)[-1]
        if self.lead and self.dice.random() < 0.4:
            self._leads_report(key, _Asked(), Fate.DRAFT)

    def _start(self) -> None:
        self._set(Status.IN_PROGRESS, 5, words.STARTS, self.plan.first_year, (3, 1), (4, 30))
        if self.dice.random() < 0.4:
            progress = self.dice.choice((10, 15, 20))
            self._set(Status.IN_PROGRESS, progress, words.GOES_ON, self.plan.first_year, (5, 8), (6, 28))

    def _autumn(self, year: int) -> None:
        if self.dice.random() < 0.4:
            progress = min(self.progress + self.dice.choice((5, 10)), 90)
            self._set(Status.IN_PROGRESS, progress, words.GOES_ON, year, (9, 2), (11, 28))

    def _completed(self, year: int) -> None:
        """With a final report for 上半年 or 全年; after the former the office may take its time."""
        way = self.dice.random()
        if self.lead is None:
            self._ends_without_reports(year)
        elif way < 0.22:
            self._report((year, HALF), _Asked(Status.COMPLETED, settles=True))
        elif way < 0.45:
            self._report((year, HALF), _Asked(Status.COMPLETED, takes_over=False, settles=True))
            self._set(Status.COMPLETED, 100, words.COMPLETED, year, (8, 20), (12, 12))
        else:
            self._report((year, HALF), _Asked())
            if way > 0.94:
                self._set(Status.DELAYED, self.progress, words.DELAYED, year, (9, 2), (11, 28))
            else:
                self._autumn(year)
            self._report((year, YEAR), _Asked(Status.COMPLETED, settles=True))

    def _continuing(self, year: int) -> None:
        self._report((year, HALF), _Asked())
        self._autumn(year)
        if self.lead is None:
            self._ends_without_reports(year)
        else:
            self._report((year, YEAR), _Asked(Status.CONTINUING, settles=True))

    def _adjusted(self, year: int) -> None:
        self._report((year, HALF), _Asked())
        if self.lead is None or self.dice.random() < 0.5:
            self._set(Status.ADJUSTED, self.progress, words.ADJUSTED, year, (10, 8), (11, 28))
        else:
            self._report((year, YEAR), _Asked(Status.ADJUSTED, settles=True))

    def _delayed(self, year: int) -> None:
        self._report((year, HALF), _Asked())
        self._set(Status.DELAYED, self.progress, words.DELAYED, year, (9, 2), (11, 8))
        if self.dice.random() < 0.4:
            self._extension(year, RefuseExtension)
        self._report((year, YEAR), _Asked(takes_over=False))

    def _unfinished(self, year: int) -> None:
        self._report((year, HALF), _Asked())
        self._autumn(year)
        cast = self.dice.random()
        for share, end in ((0.25, GrantExtension), (0.35, None), (0.4, WithdrawExtension)):
            if cast < share:
                self._extension(year, end)
                break
        self._report((year, YEAR), _Asked())

    def _ends_without_reports(self, year: int) -> None:
        """Where nobody is asked for a report the office alone says how it ends. Where somebody is asked and
        has no account, it does not end."""
        if self.outcome == Status.COMPLETED and self.is_asked:
            return
        said = words.COMPLETED if self.outcome == Status.COMPLETED else words.CONTINUING
        self._set(self.outcome, 100, said, year, (11, 20), (12, 26))

    # --- the office's entries ----------------------------------------------

    def _set(
        self,
        status: Status,
        progress: int,
        notes: Sequence[str],
        year: int,
        first: MonthDay,
        last: MonthDay,
    ) -> None:
        self.progress = max(progress, self.progress)
        begin = max(self.days.place(year, first), self.place + 1)
        self.place = self.dice.randrange(begin, max(self.days.place(year, last), begin) + 1)
        note = words.marked(self.dice.choice(notes))
        at = self.days.at(self.place, self.dice)
        self.deeds.append(SetStatus(at, self.task, status, self.progress, note))

    def _extension(self, year: int, end: type[Deed] | None) -> None:
        """Asked for in November or December, by the lead; `end` is what becomes of it, None: it waits."""
        if self.lead is None:
            return
        place = max(self.days.place(year, (11, 10)), self.place + 1) + self.dice.randrange(8)
        reason = words.marked(self.dice.choice(words.EXTENSIONS))
        ask = AskExtension(
            self.days.at(place, self.dice), self.task, self.lead, date(year + 1, 6, 30), self.progress, reason
        )
        self.deeds.append(ask)
        self.place = place + self.dice.randint(2, 6)
        at = self.days.at(self.place, self.dice)
        if end is GrantExtension:
            decision = words.marked(self.dice.choice(words.GRANTED))
            self.deeds.append(GrantExtension(at, self.task, decision))
        elif end is RefuseExtension:
            decision = words.marked(self.dice.choice(words.REFUSED))
            self.deeds.append(RefuseExtension(at, self.task, decision))
        elif end is WithdrawExtension:
            self.deeds.append(WithdrawExtension(at, self.task, self.lead))

    # --- reports -----------------------------------------------------------

    def _report(self, key: PeriodKey, asked: _Asked) -> None:
        """What the participants and the lead hand in for a period, and what becomes of it."""
        handed_in = self._parts(key)
        if self.lead is None:
            return
        chances = SETTLED if asked.settles else FATES[AssignmentRole.LEAD, key[1]]
        fate = cast_fate(chances, self.dice)
        self._leads_report(key, asked, fate, handed_in)

    def _parts(self, key: PeriodKey) -> dict[Agency, int]:
        """The participants' reports; returns who has handed one in on which workday, for good."""
        year, kind = key
        handed_in = {}
        for agency in self.participants:
            dice = dice_for(self.plan, self.task.number, agency, *key)
            fate = cast_fate(FATES[AssignmentRole.PARTICIPANT, kind], dice)
            if fate == Fate.MISSING:
                continue
            place = self._opens(key) + dice.randrange(_FIRST[kind])
            place = self._late(year, dice) if fate == Fate.LATE else place
            lead = str(self.lead or "牵头单位")
            written = words.of_participant(self.task, lead, kind, dice)
            written["proposed_progress"] = min(self.progress + dice.randrange(10, 35, 5), 95)
            self._chain(key, agency, fate, place, written, dice)
            if fate in (Fate.ACCEPTED, Fate.WAITING):
                handed_in[agency] = place
        return handed_in

    def _leads_report(
        self, key: PeriodKey, asked: _Asked, fate: Fate, handed_in: Mapping[Agency, int] = {}
    ) -> None:
        if fate == Fate.MISSING:
            return
        year, kind = key
        dice = self.dice
        place = self._opens(key) + dice.randrange(*_THEN[kind])
        place = max(self._late(year, dice) if fate == Fate.LATE else place, self.place + 1)
        sources = tuple(agency for agency, when in handed_in.items() if when < place)[:4]
        closing = asked.status in (Status.COMPLETED, Status.CONTINUING)
        progress = 100 if closing else self._next_progress(key)
        final = asked.status == Status.COMPLETED
        written = words.of_lead(self.task, kind, dice, final=final)
        written |= {"proposed_status": asked.status, "proposed_progress": progress}
        if asked.status == Status.ADJUSTED:
            written["proposal_reason"] = words.marked(dice.choice(words.ADJUSTED))
        takes = sources if dice.random() < 0.5 else ()
        files = self._files(key, 0.35 if final else 0.08)
        end = self._chain(key, self.lead, fate, place, written, dice, takes, files, asked.takes_over)
        self.place = max(self.place, end)
        accepted = fate in (Fate.MENDED, Fate.LATE, Fate.ACCEPTED)
        if accepted and asked.takes_over:
            self.progress = max(self.progress, progress)

    def _files(self, key: PeriodKey, share: float) -> tuple[MadeUpFile, ...]:
        """What proves it: with so many of the reports one file or two."""
        dice = dice_for(self.plan, self.task.number, "files", *key)
        if dice.random() >= share:
            return ()
        lines = (f"{self.plan.period}第 {self.task.number} 项", self.task.text[:40], "内容为虚构，仅供演示")
        chosen = dice.sample(words.FILES, dice.choice((1, 1, 2)))
        return tuple(MadeUpFile(title, ending, lines) for title, ending in chosen)

    def _opens(self, key: PeriodKey) -> int:
        year, kind = key
        return self.days.place(year, (7, 1) if kind == HALF else (12, 15))

    def _late(self, year: int, dice: random.Random) -> int:
        return self.days.place(year, (7, 21)) + dice.randrange(14)

    def _next_progress(self, key: PeriodKey) -> int:
        """Some way on from what stands, in steps of five; the more periods there are, the smaller."""
        keys = periods_of(self.plan)
        low = 20 + 70 * keys.index(key) // len(keys)
        if self.outcome == Status.DELAYED:
            low = low * 2 // 3
        progress = self.dice.randrange(low, low + 70 // len(keys)) // 5 * 5
        return min(max(progress, self.progress + 5), 95)

    def _chain(
        self,
        key: PeriodKey,
        agency: Agency,
        fate: Fate,
        place: int,
        written: dict[str, object],
        dice: random.Random,
        sources: tuple[Agency, ...] = (),
        files: tuple[MadeUpFile, ...] = (),
        takes_over: bool = True,
    ) -> int:
        """The report from its writing to its fate, from the workday `place` on. Returns the last one."""
        of = (self.task, agency, key)
        if fate == Fate.DRAFT:
            self.deeds.append(Write(self.days.at(place, dice), *of, written))
            return place
        self.deeds.append(HandIn(self.days.at(place, dice), *of, written, sources, files))
        if fate == Fate.WAITING:
            return place
        if fate in (Fate.RETURNED, Fate.MENDED):
            place += dice.randint(1, 2)
            self.deeds.append(
                Return(self.days.at(place, dice), *of, words.marked(dice.choice(words.RETURNED)))
            )
            if fate == Fate.RETURNED:
                return place
            place += dice.randint(1, 2)
            self.deeds.append(Mend(self.days.at(place, dice), *of, dice.choice(words.MENDED)))
        place += dice.randint(1, 2 if key[1] == YEAR else 6)
        note = words.marked(dice.choice(words.ACCEPTED)) if dice.random() < 0.4 else ""
        self.deeds.append(Accept(self.days.at(place, dice), *of, note, takes_over))
        return place
