"""What happens in a plan's own years, deed by deed. Pure: nothing is asked of the clock or the database.

Nothing is left to chance either: everything follows from the plan's years, the numbers and texts of its tasks
and the names of its agencies, so that screenshots, tests and two machines show the same.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time

from agencies.models import Agency
from tasks.demo import words
from tasks.demo.chance import dice_for, outcomes
from tasks.demo.deeds import Answer, CalendarReminds, Deed, Dispute, Reassign, Receive, SetPeriods, Urge
from tasks.demo.tale import HALF, YEAR, Tale, periods_of
from tasks.demo.workdays import BEIJING, Workdays
from tasks.models import AssignmentRole, Plan, Task


def story(plan: Plan, tasks: Sequence[Task], voices: Collection[int]) -> list[Deed]:
    """All deeds in the order of time. `voices` are the agencies (by key) that have an account to act with.

    The tasks come with their assignments and agencies loaded.
    """
    days = Workdays(plan)
    tasks = sorted(tasks, key=lambda task: task.number)
    objections = Objections(plan, tasks, voices)
    deeds = [*_beginning(plan, days), *objections.told(days), *_reminders(plan, days)]
    deeds += _receipts(plan, objections, days)
    for task, outcome in outcomes(plan, tasks):
        deeds += Tale(plan, task, outcome, voices, days, objections.successors(task)).told()
    return sorted(deeds, key=lambda deed: deed.at)  # stable: of one minute, in the order they were told


def _beginning(plan: Plan, days: Workdays) -> Iterator[Deed]:
    yield SetPeriods(days.at(0, dice_for(plan, "periods")), periods_of(plan))


def _reminders(plan: Plan, days: Workdays) -> Iterator[Deed]:
    """The calendar speaks every day at nine, on these it has something to say; then the office itself."""
    for year in plan.years:
        for day in ((7, 5), (7, 21), (12, 26)):
            yield CalendarReminds(datetime.combine(date(year, *day), time(9), BEIJING))
        for period, day in ((HALF, (7, 25)), (HALF, (8, 14)), (YEAR, (12, 27))):
            dice = dice_for(plan, year, "urges", *day)
            yield Urge(days.at(days.place(year, day), dice), (year, period), words.marked(words.URGED))


# --- receipts ----------------------------------------------------------------------------------------

_NEVER_SIGNED = 0.015  # share of the assignments
_OBJECTIONS = 3  # to a plan of a hundred tasks; one more is raised late in the year and waits for its answer
_BUSY = 6  # an agency with so many parts in a plan can give one away, or take one more

_Part = tuple[Task, Agency]


class Objections:
    """Some participants say that a part is not theirs: one part goes to another agency, the others stand."""

    def __init__(self, plan: Plan, tasks: Sequence[Task], voices: Collection[int]):
        self.plan = plan
        assignments = [(task, one) for task in tasks for one in task.assignments.all()]
        assignments = [(task, one) for task, one in assignments if one.agency_id in voices]
        self.parts: list[_Part] = [(task, one.agency) for task, one in assignments]
        joined = [(task, one.agency) for task, one in assignments if one.role == AssignmentRole.PARTICIPANT]
        joined.sort(key=lambda part: dice_for(plan, part[0].number, part[1], "objects").random())
        several = round(len(tasks) * _OBJECTIONS / 100)
        self.answered, self.late = joined[:several], joined[several : several + min(several, 1)]
        counts = Counter(agency for _, agency in self.parts)
        self.busy = [agency for agency, count in counts.items() if count >= _BUSY]
        self.given_away = next((part for part in self.answered if part[1] in self.busy), None)

    def successors(self, task: Task) -> dict[Agency, Agency]:
        """Who takes whose part in this task over."""
        if self.given_away is None or self.given_away[0] != task:
            return {}
        _, agency = self.given_away
        present = {one.agency for one in task.assignments.all()}
        others = [one for one in self.busy if one not in present]
        others.sort(key=lambda one: dice_for(self.plan, task.number, one, "succeeds").random())
        return {agency: others[0]} if others else {}

    def told(self, days: Workdays) -> Iterator[Deed]:
        for task, agency in self.answered:
            dice = dice_for(self.plan, task.number, agency, "signs")
            place = dice.randrange(4, 14)
            yield Dispute(days.at(place, dice), agency, task, words.marked(dice.choice(words.DISPUTES)))
            place += dice.randint(3, 9)
            at, successor = days.at(place, dice), self.successors(task).get(agency)
            if successor:
                yield Reassign(at, task, agency, successor, words.marked(dice.choice(words.REASSIGNED)))
            else:
                yield Answer(at, agency, task, words.marked(dice.choice(words.KEPT)))
            yield Receive(days.at(place + dice.randint(1, 4), dice), successor or agency, (task,))
        for task, agency in self.late:
            dice = dice_for(self.plan, task.number, "objects late")
            place = days.place(self.plan.last_year, (12, 16)) + dice.randrange(8)
            yield Dispute(days.at(place, dice), agency, task, words.marked(dice.choice(words.DISPUTES)))


def _receipts(plan: Plan, objections: Objections, days: Workdays) -> Iterator[Deed]:
    """Most agencies sign in January, some in two goes."""
    theirs: dict[Agency, list[Task]] = defaultdict(list)
    for task, agency in objections.parts:
        signs = dice_for(plan, task.number, agency, "signs").random() >= _NEVER_SIGNED
        if signs and (task, agency) not in objections.answered:
            theirs[agency].append(task)
    for agency, signed in theirs.items():
        yield from _signing(agency, signed, days, dice_for(plan, agency, "signs"))


def _signing(agency: Agency, tasks: Sequence[Task], days: Workdays, dice: random.Random) -> Iterator[Deed]:
    first = dice.randrange(2, 16)
    half = len(tasks) // 2 if len(tasks) > 8 and dice.random() < 0.5 else len(tasks)
    yield Receive(days.at(first, dice), agency, tuple(tasks[:half]))
    if tasks[half:]:
        yield Receive(days.at(first + dice.randint(2, 12), dice), agency, tuple(tasks[half:]))
