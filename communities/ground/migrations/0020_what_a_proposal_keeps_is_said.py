from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ground', '0019_events_are_never_emptied'),
    ]

    operations = [
        migrations.AlterField(
            model_name='proposal',
            name='sent',
            field=models.JSONField(help_text='Names and values; names of people, too, but no numbers of theirs. Emptied some time after it was refused or withdrawn.', verbose_name='form as sent'),
        ),
    ]
