"""What a person may give the importer: a document, an answer to its encoding, the facts it does not say."""

from typing import Any

from django import forms

from importers.readers import ENCODINGS, MAX_BYTES
from tasks.models import Plan


class DocumentForm(forms.Form):
    """A file or a pasted text, one of the two."""

    file = forms.FileField(label="文件", required=False, allow_empty_file=True, max_length=None)
    text = forms.CharField(
        label="粘贴文本", required=False, strip=False, max_length=MAX_BYTES // 3, widget=forms.Textarea
    )

    def clean(self) -> dict:
        given = super().clean()
        file, text = given.get("file"), given.get("text", "")
        if file and text.strip():
            # A browser sends a chosen file once and does not keep it: only the text is still there.
            raise forms.ValidationError(
                "文件和粘贴的文本只能导入一种。粘贴的文本已保留，可直接导入；"
                "如要导入文件，请清空文本后重新选择文件。"
            )
        if file is None and not text.strip():
            raise forms.ValidationError("请选择文件，或粘贴推进计划全文。")
        if file and file.size > MAX_BYTES:
            raise forms.ValidationError(
                f"文件超过 {MAX_BYTES // 1048576} MB 的上限，请只导入推进计划的正文。"
            )
        return given


class EncodingForm(forms.Form):
    # None is chosen: the likely ones have just been tried.
    encoding = forms.ChoiceField(
        label="文件编码",
        choices=[("", "请选择编码…"), *ENCODINGS],
        error_messages={"required": "请先选择编码，再重新读取。"},
    )


class FactsForm(forms.Form):
    """The head of a plan, as the document says it or as the office puts it right."""

    title = forms.CharField(
        label="标题",
        max_length=200,
        # Two rows: the title of a plan of two documents is longer than any window is wide.
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    first_year = forms.IntegerField(label="起始年度", min_value=2000, max_value=2100)
    last_year = forms.IntegerField(label="终止年度", min_value=2000, max_value=2100)
    document_number = forms.CharField(label="文号", max_length=50, required=False)
    issuer = forms.CharField(label="印发单位", max_length=200, required=False)
    issued_on = forms.DateField(
        label="印发日期", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def clean_title(self) -> str:
        return "".join(self.cleaned_data["title"].splitlines())

    def clean(self) -> dict:
        given = super().clean()
        first, last = given.get("first_year"), given.get("last_year")
        if first and last and not first <= last < first + 5:
            self.add_error("last_year", "终止年度须不早于起始年度，且计划最多跨五年。")
        return given


class NameForm(forms.Form):
    """Which agency an unknown name means: one of the register, or a new one."""

    NEW = "new"

    name = forms.CharField(max_length=Plan._meta.get_field("issuer").max_length)
    agency = forms.CharField(max_length=20)
