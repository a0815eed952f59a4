"""A sheet on paper: A4 landscape, as wide as the page, with page numbers; and charts among its rows."""

from openpyxl.chart import BarChart
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.utils.units import pixels_to_EMU, points_to_pixels
from openpyxl.worksheet.worksheet import Worksheet

from exporters.layout import MARGIN_BOTTOM, MARGIN_SIDE, MARGIN_TOP
from exporters.looks import TEXT_FONT
from exporters.names import footer_text

_EDGE = 4  # pixels between a chart and the lines of its row


def set_up_page(sheet: Worksheet, title: str) -> None:
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = round(MARGIN_SIDE / 72, 3)
    margins.top, margins.bottom = round(MARGIN_TOP / 72, 3), round(MARGIN_BOTTOM / 72, 3)
    margins.header = margins.footer = 0.3
    sheet.HeaderFooter.scaleWithDoc = False  # the footer's 9 points stay 9 points
    footer = sheet.HeaderFooter.oddFooter
    footer.left.text = footer_text(title)
    footer.center.text = "第 &P 页 共 &N 页"
    footer.right.text = footer_text(sheet.title)
    for part in (footer.left, footer.center, footer.right):
        part.font, part.size = f"{TEXT_FONT},常规", 9


def place_chart(sheet: Worksheet, chart: BarChart, *, row: int, columns: int, height: float) -> None:
    """Let the chart cover a row of this height in points, from the first of the columns to the last."""
    edge = pixels_to_EMU(_EDGE)
    bottom = pixels_to_EMU(points_to_pixels(height)) - edge
    chart.anchor = TwoCellAnchor(
        _from=AnchorMarker(col=0, row=row - 1, rowOff=edge),
        to=AnchorMarker(col=columns, row=row - 1, rowOff=bottom),
    )
    sheet.add_chart(chart)
