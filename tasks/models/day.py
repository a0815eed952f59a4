"""The day a page, a list or a workbook speaks of: today, or an earlier one (`as_of`)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone


@dataclass(frozen=True)
class Day:
    """Today, or a day that is over and whose standing is read from the events."""

    on: date
    is_past: bool = False

    @classmethod
    def of(cls, asked: date | None, *, today: date) -> "Day":
        """The day somebody asked for; today where they asked for none or for one that is not over."""
        return cls(asked, is_past=True) if asked and asked < today else cls(today)

    @classmethod
    def exactly(cls, on: date, *, today: date) -> "Day":
        """That day, also one to come: what will be owed then, as far as today tells."""
        return cls(on, is_past=on < today)

    @property
    def ended_at(self) -> datetime:
        """The first moment of the next day, in the site's time zone."""
        return timezone.make_aware(datetime.combine(self.on + timedelta(days=1), time.min))

    def moment(self, now: datetime) -> datetime:
        """Up to when what is shown counts: `now`, or the last minute of a past day."""
        return self.ended_at - timedelta(minutes=1) if self.is_past else now
