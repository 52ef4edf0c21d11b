import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0005_passwords_are_remembered"),
    ]

    operations = [
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='began at')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='from the address')),
                ('browser', models.CharField(blank=True, max_length=200, verbose_name='browser')),
                ('second_factor', models.BooleanField(default=False, verbose_name='with a second factor')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('why_ended', models.CharField(blank=True, choices=[('signed_out', 'signed out'), ('elsewhere', 'signed in elsewhere'), ('idle', 'idle too long'), ('revoked', 'ended by an administrator'), ('new_password', 'the password was changed')], max_length=20, verbose_name='why it ended')),
            ],
            options={
                'verbose_name': 'sign-in',
                'verbose_name_plural': 'sign-ins',
            },
        ),
        migrations.AddField(
            model_name='signin',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sign_ins', to=settings.AUTH_USER_MODEL, verbose_name='account'),
        ),
        migrations.AddIndex(
            model_name='signin',
            index=models.Index(fields=['user', '-began_at'], name='sign_ins_of_an_account'),
        ),
        migrations.AddConstraint(
            model_name='signin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('why_ended', '')), models.Q(('ended_at__isnull', False), models.Q(('why_ended', ''), _negated=True)), _connector='OR'), name='an_ended_session_says_why'),
        ),
        migrations.AddConstraint(
            model_name='signin',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='a_session_ends_after_it_began'),
        ),
    ]
