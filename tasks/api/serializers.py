"""The shapes of the API's answers. A field keeps its name and meaning for as long as /v1/ stands."""

from typing import Any

from rest_framework import serializers

from tasks.models import Assignment, Plan, Task


class PlanSerializer(serializers.ModelSerializer):
    """A plan: `years` is a list of numbers, `due_on` the day by which its tasks are to be done."""

    class Meta:
        model = Plan
        fields = ["id", "title", "period", "years", "document_number", "issuer", "issued_on", "due_on"]


class AssignmentSerializer(serializers.ModelSerializer):
    """An agency's part in a task; `role` is lead or participant, `basis` how that is known."""

    id = serializers.IntegerField(source="agency_id")
    name = serializers.CharField(source="agency.name")
    code = serializers.CharField(source="agency.code")

    class Meta:
        model = Assignment
        fields = ["id", "name", "code", "role", "basis"]


class TaskSerializer(serializers.ModelSerializer):
    """A task as it stood on `context["day"]`, loaded by `for_rows()`: no query of its own.

    `progress` is per cent; `deadline` the task's own day, else its plan's; `agencies` in the clause's order,
    the lead first; `light` what the ledger's row and the workbook's line say, with its reason.
    """

    plan = serializers.SerializerMethodField()
    chapter = serializers.CharField(source="chapter.heading")
    section = serializers.CharField(source="section.heading")
    status = serializers.SerializerMethodField()
    light = serializers.SerializerMethodField()
    agencies = AssignmentSerializer(source="assignments", many=True)
    url = serializers.CharField(source="get_absolute_url")

    class Meta:
        model = Task
        fields = [
            "id",
            "plan",
            "chapter",
            "section",
            "number",
            "text",
            "duty",
            "open_ended",
            "agencies",
            "status",
            "status_reason",
            "progress",
            "deadline",
            "light",
            "updated_at",
            "version",
            "url",
        ]

    def get_plan(self, task: Task) -> dict[str, Any]:
        return {"id": task.plan_id, "period": task.plan.period}

    def get_status(self, task: Task) -> dict[str, str]:
        return {"value": task.status, "label": task.get_status_display()}

    def get_light(self, task: Task) -> dict[str, str]:
        reading = task.reading(self.context["day"].on)
        return {"value": reading.light.value, "label": reading.light.label, "reason": reading.reason}
