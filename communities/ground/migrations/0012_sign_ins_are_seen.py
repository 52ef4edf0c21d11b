import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0011_requested_accesses"),
    ]

    operations = [
        migrations.AddField(
            model_name='signin',
            name='seen_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, help_text='Moves with the pages that are opened, a little behind them: it is not written for every click.', verbose_name='last seen at'),
        ),
        migrations.AlterField(
            model_name='signin',
            name='why_ended',
            field=models.CharField(blank=True, choices=[('signed_out', 'signed out'), ('elsewhere', 'signed in elsewhere'), ('idle', 'idle too long'), ('revoked', 'ended by an administrator'), ('new_password', 'the password was changed'), ('closed', 'the account was closed'), ('no_access', 'the access ended'), ('one_time_over', 'the one-time password was over')], max_length=20, verbose_name='why it ended'),
        ),
    ]
