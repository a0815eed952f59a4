import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tasks", "0004_search"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["first_year", "last_year", "id"], name="plan_order"),
        ),
        migrations.AddIndex(
            model_name="task", index=models.Index(fields=["status", "id"], name="task_status")
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["agency", "task"], name="assignment_agency_task"),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=20, verbose_name="名称")),
                ("query", models.CharField(max_length=2000, verbose_name="条件")),
                ("is_shared", models.BooleanField(default=False, verbose_name="共享给所有人")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "保存的视图",
                "verbose_name_plural": "保存的视图",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "name"), name="saved_view_name_once_an_account"),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="saved_view_has_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("query", ""), _negated=True), name="saved_view_has_conditions"
                    ),
                ],
            },
        ),
    ]
