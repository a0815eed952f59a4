"""Sheets that are to be filled in: locked but for their open columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tasks.columns import Column


@dataclass(frozen=True)
class Filling:
    """A sheet to be filled in: protected and grey but for the `opened` columns, named by their keys.

    A column with choices gets its drop-down list. `hidden` columns are there for the way back alone.
    """

    opened: Collection[str]
    hidden: Collection[str] = ()


def protect(
    worksheet: Worksheet, filling: Filling, columns: Sequence[Column[Any]], *, first: int, last: int
) -> None:
    """Lock the sheet with its table in rows `first` to `last`; sorting, filtering and widening stay free."""
    protection = worksheet.protection
    protection.sheet = True
    protection.sort = protection.autoFilter = protection.formatColumns = protection.formatRows = False
    for place, column in enumerate(columns, start=1):
        if column.key in filling.opened and column.choices and last >= first:
            worksheet.add_data_validation(_choice(column, place, first, last))


def _choice(column: Column[Any], place: int, first: int, last: int) -> DataValidation:
    """The drop-down list of a column: its words are our own, never a user's."""
    words = ",".join(column.choices)
    choice = DataValidation("list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=True)
    choice.errorTitle, choice.error = column.title, f"请从列表中选择：{'、'.join(column.choices)}"
    letter = get_column_letter(place)
    choice.add(f"{letter}{first}:{letter}{last}")
    return choice
