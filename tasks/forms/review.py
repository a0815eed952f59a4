"""What the office may ask for when it reviews: the shape is checked here, the rules in `workflow`."""

from django import forms
from django.http import QueryDict

from tasks.forms.status import PicksField
from tasks.models import Plan, ReportingPeriod

LONGEST_NOTE = 1000


class QueueForm(forms.Form):
    """Which reports of a plan a queue holds; what it does not say is not asked."""

    period = forms.ModelChoiceField(
        ReportingPeriod.objects.none(),
        label="报送期",
        required=False,
        error_messages={"invalid_choice": "没有这个报送期，请重新选择。"},
    )

    def __init__(self, data: QueryDict, *, plan: Plan):
        super().__init__(data)
        self.fields["period"].queryset = plan.periods.all()


class NoteForm(forms.Form):
    note = forms.CharField(
        label="审核意见",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        error_messages={"max_length": f"审核意见最多 {LONGEST_NOTE} 字，请精简。"},
    )


class ReviewForm(NoteForm):
    """A judgement of one report; `version` and `seen` (when it was handed in) are those of the text shown."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    takes_over = forms.BooleanField(required=False)


class ReportPicksField(PicksField):
    default_error_messages = {
        "required": "没有选择报告，请先勾选。",
        "invalid_pick": "所选报告无法识别，请返回重新勾选。",
    }


class BatchForm(NoteForm):
    """A judgement of many reports at once; `digest` is that of the list that was shown."""

    digest = forms.CharField(required=False, widget=forms.HiddenInput)
    takes_over = forms.BooleanField(required=False)
