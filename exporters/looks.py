"""How cells look: fonts, borders, colours and number formats, each kept once in a workbook."""

from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

from exporters.layout import BODY_SIZE

HEAD_FONT, TEXT_FONT = "黑体", "宋体"  # on every Chinese office machine, unlike 方正小标宋


@dataclass(frozen=True)
class Look:
    """How a cell looks. Cells of one look share one style of the workbook."""

    font: str = TEXT_FONT
    size: float = BODY_SIZE
    bold: bool = False
    color: str = "000000"
    fill: str = ""
    align: str = "left"
    vertical: str = "center"
    number_format: str = "General"
    bordered: bool = True
    as_typed: bool = False  # an apostrophe before it: stays text when somebody edits the cell
    locked: bool = True  # where the sheet is protected


TITLE = Look(font=HEAD_FONT, size=16, bold=True, align="center", bordered=False)
SUBLINE = Look(size=10.5, bordered=False)
NOTE = Look(size=9.5, bordered=False, vertical="top")
HEADER = Look(font=HEAD_FONT, bold=True, fill="DCE6F1", align="center")
BANDS = {
    1: Look(font=HEAD_FONT, size=11, bold=True, fill="EDF2F8"),
    2: Look(bold=True, fill="F7F9FB"),
}
BELOW = Look(size=9.5, fill="FBFCFD", vertical="top")
TOTAL = Look(bold=True, fill="F2F2F2")
# In a sheet to be filled in: what may only be read, and what has to be put right.
CLOSED, FAULTY = "EFEFEF", "FBE3E0"


class Styles:
    """The styles of one workbook by their looks."""

    def __init__(self, workbook: Workbook):
        self._workbook = workbook
        self._numbers: dict[Look, int] = {}

    def number(self, look: Look) -> int:
        """The number by which a cell names this look in the file."""
        if look not in self._numbers:
            self._numbers[look] = self._new(look)
        return self._numbers[look]

    def _new(self, look: Look) -> int:
        cell = WriteOnlyCell(self._workbook.worksheets[0])
        cell.font = Font(name=look.font, size=look.size, bold=look.bold, color=look.color)
        cell.alignment = Alignment(horizontal=look.align, vertical=look.vertical, wrap_text=True)
        cell.number_format = look.number_format
        if look.fill:
            cell.fill = PatternFill("solid", fgColor=look.fill)
        if look.bordered:
            line = Side(style="thin", color="7F7F7F")
            cell.border = Border(left=line, right=line, top=line, bottom=line)
        if not look.locked:
            cell.protection = Protection(locked=False)
        cell.quotePrefix = look.as_typed
        return cell.style_id
