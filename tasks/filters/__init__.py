"""The ledger's conditions: one reading of the query string for the page, its counts and the export."""

from tasks.filters.fields import UNKNOWN, DayField, DayForm, OfferedField
from tasks.filters.ledger import LedgerFilter, Standing
from tasks.filters.offers import Offers
from tasks.filters.order import SORTS, Grouping
from tasks.filters.query import PASSING, tidy

__all__ = [
    "PASSING",
    "SORTS",
    "UNKNOWN",
    "DayField",
    "DayForm",
    "Grouping",
    "LedgerFilter",
    "OfferedField",
    "Offers",
    "Standing",
    "tidy",
]
