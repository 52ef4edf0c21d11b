from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0002_printed_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="parameter",
            name="choice_names",
            field=models.JSONField(blank=True, default=dict, verbose_name="names of the choices"),
        ),
        migrations.AddField(
            model_name="indicator",
            name="choice_names",
            field=models.JSONField(blank=True, default=dict, verbose_name="names of the choices"),
        ),
    ]
