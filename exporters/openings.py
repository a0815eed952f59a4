"""What makes a sheet one to be filled in: which cells are open, what they take, and what marked ones say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from openpyxl.comments.comment_sheet import CommentRecord
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


def open_columns(
    worksheet: Worksheet, lettered: Sequence[tuple[Column, str]], filling: Filling, first: int, last: int
) -> None:
    """Protect the sheet but for what is to be filled in, in the rows from `first` to `last`; filtering and
    widening stay free. Without a password: who has to sort or add columns may take the protection away.
    """
    protection = worksheet.protection
    protection.sheet = True
    protection.sort = protection.autoFilter = protection.formatColumns = protection.formatRows = False
    for column, letter in lettered:
        if column.key not in filling.opened or last < first:
            continue
        for validation in _validations(column):
            validation.errorTitle = column.title
            validation.add(f"{letter}{first}:{letter}{last}")
            worksheet.add_data_validation(validation)


def _validations(column: Column) -> list[DataValidation]:
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
    record = CommentRecord(ref=address, author="填报表", width=280, height=120)
    record.text.t = escaped(clean(words))
    return record
