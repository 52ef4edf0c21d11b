from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0001_plans_rules_and_reported_values"),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="printed",
            field=models.JSONField(
                blank=True,
                help_text="What the document itself prints, to compare with.",
                null=True,
                verbose_name="printed figure",
            ),
        ),
    ]
