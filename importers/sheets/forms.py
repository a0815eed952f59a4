"""What a person gives when sheets come back: files, and which side to keep where both have changed."""

from typing import Any

from django import forms
from django.http import QueryDict

from importers.sheets.admission import MAX_BYTES
from importers.sheets.applying import Refused
from importers.sheets.matching import SheetPlan
from importers.sheets.reading import MOST_FILES
from tasks.forms.report import FilesField

MOST_TOGETHER = 60 * 1024 * 1024


class SheetsForm(forms.Form):
    """One or several workbooks, or zips of them."""

    files = FilesField(label="填报表", required=False)

    def clean_files(self) -> list[Any]:
        files = self.cleaned_data["files"]
        if not files:
            raise forms.ValidationError("请选择填写好的填报表（.xlsx），或装有填报表的压缩包（.zip）。")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"一次最多上传 {MOST_FILES} 个文件，请分几次上传。")
        for file in files:
            if file.size > MAX_BYTES:
                raise forms.ValidationError(
                    f"“{file.name[:60]}”超过 {MAX_BYTES // 1048576} MB 的上限，请检查是不是填报表。"
                )
        if sum(file.size for file in files) > MOST_TOGETHER:
            raise forms.ValidationError(
                f"所选文件合计超过 {MOST_TOGETHER // 1048576} MB 的上限，请分几次上传。"
            )
        return files


def choices_of(data: QueryDict, plan: SheetPlan) -> tuple[Refused, list[str]]:
    """For each conflict which side was chosen, and the names of steps for which none was."""
    refused: dict[str, frozenset[str]] = {}
    open_ones: list[str] = []
    for step in plan.writing:
        answers = {change.name: data.get(f"{step.name}-{change.name}", "") for change in step.clashes}
        if not set(answers.values()) <= {"mine", "theirs"}:
            open_ones.append(step.name)
        refused[step.name] = frozenset(name for name, answer in answers.items() if answer == "theirs")
    return refused, open_ones
