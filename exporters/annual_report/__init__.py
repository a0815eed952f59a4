"""年度进展报告: one plan as a workbook of eight sheets, all written from the same loaded tasks."""

from exporters.annual_report.data import AnnualReport, load, tasks_of
from exporters.annual_report.sheets import DETAIL_COLUMNS
from exporters.annual_report.writing import Stamp, annual_report

__all__ = ["DETAIL_COLUMNS", "AnnualReport", "Stamp", "annual_report", "load", "tasks_of"]
