"""What the office answers to agencies: requests for a later day, objections, who is responsible."""

from django import forms
from django.http import QueryDict

from agencies.models import Agency
from tasks.models import AssignmentRole, Task

LONGEST_WORDS = 1000
_TOO_LONG = {"max_length": f"最多 {LONGEST_WORDS} 字，请精简。"}
# Empty lines of the form beyond the participants that are there.
SPARE_LINES = 3


class DecisionForm(forms.Form):
    """同意 or 不同意; the reason of a refusal is owed, which `workflow` says."""

    verdict = forms.ChoiceField(
        label="批复",
        choices=[("grant", "同意延期"), ("refuse", "不同意延期")],
        error_messages={"required": "请选择同意或不同意。", "invalid_choice": "请选择同意或不同意。"},
    )
    words = forms.CharField(
        label="批复意见", required=False, max_length=LONGEST_WORDS, error_messages=_TOO_LONG
    )


class AnswerForm(forms.Form):
    words = forms.CharField(
        label="答复意见", required=False, max_length=LONGEST_WORDS, error_messages=_TOO_LONG
    )


class AssignmentsForm(forms.Form):
    """Who is responsible: the lead, the participants line by line in their order, and on what ground.

    `version` is that of the task as the form showed it. Empty lines are passed over.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    lead = forms.ModelChoiceField(
        Agency.objects.none(),
        label="牵头单位",
        error_messages={"required": "请选择牵头单位。", "invalid_choice": "没有这个单位，请重新选择。"},
    )
    basis = forms.CharField(label="依据", required=False, max_length=LONGEST_WORDS, error_messages=_TOO_LONG)

    def __init__(self, data: QueryDict | None = None, *, task: Task, **options):
        super().__init__(data, **options)
        # Fetched once: each line of the form offers all of them.
        self.agencies = list(Agency.objects.registered())
        self.fields["lead"].queryset = Agency.objects.registered()
        self._present = list(task.assignments.select_related("agency").order_by("position"))

    @property
    def chosen_lead(self) -> str:
        if self.is_bound:
            return self.data.get("lead", "")
        return next((str(one.agency_id) for one in self._present if one.is_lead), "")

    @property
    def lines(self) -> list[str]:
        """The keys that the lines show, those without an agency last."""
        if self.is_bound:
            chosen = [key for key in self.data.getlist("participant") if key]
        else:
            chosen = [str(one.agency_id) for one in self._present if one.role == AssignmentRole.PARTICIPANT]
        return chosen + [""] * SPARE_LINES

    def clean(self) -> dict:
        known = {str(agency.pk): agency for agency in self.agencies}
        keys = [key for key in self.data.getlist("participant") if key]
        if unknown := [key for key in keys if key not in known]:
            self.add_error(None, f"参与单位中有 {len(unknown)} 行不是登记的单位，请重新选择。")
        self.cleaned_data["participants"] = [known[key] for key in keys if key in known]
        return self.cleaned_data
