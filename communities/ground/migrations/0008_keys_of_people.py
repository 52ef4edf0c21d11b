import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0007_drafts"),
    ]

    operations = [
        migrations.CreateModel(
            name='PersonalKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wrapped', models.CharField(editable=False, help_text='Algorithm, key that wraps it, and the key under it; empty once destroyed.', max_length=400, null=True, verbose_name='wrapped key')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='made at')),
                ('keep_until', models.DateField(blank=True, help_text='Last day of retention; empty while it is not fixed yet.', null=True, verbose_name='keep until')),
                ('destroyed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='destroyed at')),
            ],
            options={
                'verbose_name': 'key of a person',
                'verbose_name_plural': 'keys of people',
            },
        ),
        migrations.AddConstraint(
            model_name='personalkey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', True), ('wrapped__isnull', False)), models.Q(('destroyed_at__isnull', False), ('wrapped__isnull', True)), _connector='OR'), name='a_key_is_there_or_destroyed'),
        ),
    ]
