"""Charts as Excel draws them, from the cells of a sheet; they hold no text that a user typed."""

from collections.abc import Sequence

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties

from exporters.layout import HIGHEST_ROW
from tasks.models import Status

# As on the pages (static/css/tokens.css).
STATUS_COLOURS = {
    Status.NOT_STARTED: "8792A2",
    Status.IN_PROGRESS: "2F6FC2",
    Status.COMPLETED: "237D4B",
    Status.CONTINUING: "1E7A87",
    Status.DELAYED: "C93E32",
    Status.ADJUSTED: "7C5BB5",
}
COMPLETED_FIRST = (Status.COMPLETED, *(status for status in Status if status != Status.COMPLETED))
_FRAME = 80  # points for title, scale and legend


def height_of(bars: int, *, each: float) -> float:
    """The height in points of a chart with so many bars, as far as one row can carry it."""
    return min(HIGHEST_ROW - 5, _FRAME + bars * each)


def stacked_bars(
    title: str,
    names: Reference,
    series: Sequence[tuple[str, Reference, str]],
    *,
    height: float,
) -> BarChart:
    """Bars from left to right, the first name on top; each series with its title, cells and colour."""
    room = (height - _FRAME) / (names.max_row - names.min_row + 1)  # of a bar, in points
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 40
    chart.title, chart.legend.position = title, "b"
    for label, cells, colour in series:
        one = Series(cells, title=label)
        one.graphicalProperties = GraphicalProperties(solidFill=colour)
        chart.series.append(one)
    chart.set_categories(names)
    chart.x_axis.tickLblSkip = 1  # every name, however close they stand
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = chart.y_axis.delete = False  # openpyxl's own default hides them
    chart.y_axis.crosses = "max"  # below the bars, which begin on top
    chart.y_axis.number_format, chart.y_axis.majorUnit = "0", None
    chart.x_axis.txPr, chart.y_axis.txPr = _sized(min(8, room * 0.62)), _sized(8)
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=CharacterProperties(sz=1200, b=True))
    chart.title.overlay = False
    chart.layout = Layout(manualLayout=ManualLayout())
    return chart


def _sized(points: float) -> RichText:
    font = CharacterProperties(sz=round(points * 100))
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=font), endParaRPr=font)])
