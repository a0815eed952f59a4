import django.db.models.deletion
from django.db import migrations, models

import tasks.models.search
from tasks.models import search


class Migration(migrations.Migration):
    dependencies = [("tasks", "0003_names_taken_back")]

    operations = [
        migrations.CreateModel(
            name="TaskSearch",
            fields=[
                (
                    "task",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="tasks.task",
                        verbose_name="任务",
                    ),
                ),
                ("folded", tasks.models.search.IndexedField(verbose_name="检索文本")),
                ("pairs", models.TextField(verbose_name="相邻两字")),
                ("words", tasks.models.search.FoldedField(default=" ", help_text="每个词前后各有一个空格", verbose_name="词")),
            ],
            options={"verbose_name": "检索", "verbose_name_plural": "检索"},
        ),
        migrations.RunPython(
            lambda apps, schema_editor: search.install(schema_editor),
            lambda apps, schema_editor: search.remove(schema_editor),
        ),
        # The tasks that are there already must be found too.
        migrations.RunPython(search.fill, migrations.RunPython.noop),
    ]
