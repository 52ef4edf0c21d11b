"""A run may be made by what was recorded at a moment; such a run is never published."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_runs_findings_and_what_they_add_up_to")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="known_at",
            field=models.DateTimeField(
                blank=True,
                help_text="Judged by what was recorded at that moment; empty for what was recorded when it was judged.",
                null=True,
                verbose_name="as known at",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=Q(known_at__isnull=True) | Q(published_at__isnull=True),
                name="what_was_known_then_is_never_published",
            ),
        ),
    ]
