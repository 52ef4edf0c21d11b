import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0009_proposed_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='position')),
                ('digest', models.CharField(help_text='Algorithm, key and hash over the seal before and the event.', max_length=160, verbose_name='digest')),
                ('sealed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='sealed at')),
            ],
            options={
                'verbose_name': 'seal',
                'verbose_name_plural': 'seals',
            },
        ),
        migrations.AddField(
            model_name='seal',
            name='event',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seal', to='ground.event', verbose_name='event'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1)), name='seals_count_from_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='seal',
            trigger=pgtrigger.compiler.Trigger(name='seals_are_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8e0ec4986b999974bb76348e773f82f9bdf63432', operation='UPDATE OR DELETE', pgid='pgtrigger_seals_are_append_only_9d714', table='ground_seal', when='BEFORE')),
        ),
    ]
