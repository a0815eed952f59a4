"""The days of a plan's own years on which something is done, and the hours of such a day."""

import random
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tasks.models import Plan

BEIJING = ZoneInfo("Asia/Shanghai")
# A day of the year, whatever the year.
MonthDay = tuple[int, int]


class Workdays:
    """A day is spoken of by its place in the list: what is done three workdays later is done at `place + 3`.

    A place past the end is a day outside the plan's years, on which nothing is done any more.
    """

    def __init__(self, plan: Plan):
        self.days = list(_workdays(date(plan.first_year, 1, 4), date(plan.last_year, 12, 31)))

    def place(self, year: int, day: MonthDay) -> int:
        """That of the day, or of the next workday."""
        return bisect_left(self.days, date(year, *day))

    def has(self, place: int) -> bool:
        return place < len(self.days)

    def at(self, place: int, dice: random.Random) -> datetime:
        """Some minute in the office hours of that day."""
        clock = time(dice.choice((9, 10, 11, 14, 15, 16)), dice.randrange(60))
        return datetime.combine(self.days[place], clock, BEIJING)


def _workdays(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.weekday() < 5 and not (day.month in (5, 10) and day.day <= 7):
            yield day
