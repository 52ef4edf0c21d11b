"""A proposal says what its place is called: the ground knows prefixes, not places."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the name of the place to proposals."""

    dependencies = [("ground", "0015_events_are_searched")]

    operations = [
        migrations.AddField(
            model_name="proposal",
            name="place_name",
            field=models.CharField(blank=True, help_text="As it was called then.", max_length=60, verbose_name="place"),
        ),
    ]
