"""Sheets that are to be filled in: locked but for their open columns, with what those take."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.comments.comment_sheet import CommentRecord
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from exporters.text import clean, escaped
from tasks.columns import Column, Kind


@dataclass(frozen=True)
class Filling:
    """A sheet to be filled in: protected and grey but for the `opened` columns, named by their keys.

    A column with choices gets its drop-down list, one of percents takes 0 to 100 %. `hidden` columns are
    there for the way back alone.
    """

    opened: Collection[str]
    hidden: Collection[str] = ()


def protect(
    worksheet: Worksheet, filling: Filling, columns: Sequence[Column[Any]], *, first: int, last: int
) -> None:
    """Lock the sheet with its table in rows `first` to `last`; filtering and widening stay free.

    Without a password: Excel sorts no locked cell, so who has to sort may take the protection away.
    """
    protection = worksheet.protection
    protection.sheet = True
    protection.sort = protection.autoFilter = protection.formatColumns = protection.formatRows = False
    for place, column in enumerate(columns, start=1):
        if column.key in filling.opened and last >= first:
            for taken in _taken_by(column):
                letter = get_column_letter(place)
                taken.errorTitle = column.title
                taken.add(f"{letter}{first}:{letter}{last}")
                worksheet.add_data_validation(taken)


def _taken_by(column: Column[Any]) -> list[DataValidation]:
    """What the cells of a column may hold; the words are our own, never a user's."""
    if column.choices:
        words = f"请从列表中选择：{'、'.join(column.choices)}"
        listed = f'"{",".join(column.choices)}"'
        return [DataValidation("list", listed, allow_blank=True, showErrorMessage=True, error=words)]
    if column.kind == Kind.PERCENT:
        words = "请填写 0 至 100 的百分比，如 45%"
        share = DataValidation("decimal", "0", "1", allow_blank=True, showErrorMessage=True, error=words)
        share.operator = "between"
        return [share]
    return []


def comment(address: str, words: str) -> CommentRecord:
    """What a marked cell says when one points at it."""
    record = CommentRecord(ref=address, author="填报表", width=280, height=120)
    record.text.t = escaped(clean(words))
    return record
