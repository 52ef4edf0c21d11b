import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0008_keys_of_people"),
    ]

    operations = [
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('register', models.CharField(help_text='app.model in small letters.', max_length=60, verbose_name='register')),
                ('object_key', models.CharField(blank=True, help_text='Empty where a row is to be added.', max_length=40, verbose_name='row')),
                ('object_name', models.CharField(blank=True, max_length=200, verbose_name='name of the row')),
                ('prefix', models.CharField(db_collation='C', max_length=12, verbose_name='division code prefix')),
                ('sent', models.JSONField(help_text='Names and values, without personal data.', verbose_name='form as sent')),
                ('changes', models.JSONField(help_text='Of each field changed: its name, before, after.', verbose_name='changes')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='proposed at')),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('accepted', 'accepted'), ('refused', 'refused'), ('withdrawn', 'withdrawn')], default='waiting', max_length=10, verbose_name='status')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decision', models.CharField(blank=True, max_length=500, verbose_name='reason of the decision')),
            ],
            options={
                'verbose_name': 'proposed change',
                'verbose_name_plural': 'proposed changes',
            },
        ),
        migrations.AddField(
            model_name='proposal',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='evidence',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ground.storedfile', verbose_name='evidence'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to=settings.AUTH_USER_MODEL, verbose_name='proposed by'),
        ),
        migrations.AddIndex(
            model_name='proposal',
            index=models.Index(models.F('prefix'), condition=models.Q(('status', 'waiting')), name='proposals_waiting'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('status', 'waiting')), models.Q(models.Q(('status', 'waiting'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='a_decided_proposal_says_by_whom_and_when'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'withdrawn']), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='nobody_decides_on_his_own_proposal'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('decision', ''), _negated=True), _connector='OR'), name='a_refused_proposal_says_why'),
        ),
    ]
