import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0004_accounts_belong_to_an_area"),
    ]

    operations = [
        migrations.CreateModel(
            name='PastPassword',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hashed', models.CharField(editable=False, max_length=128, verbose_name='hash')),
                ('set_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='set at')),
            ],
            options={
                'verbose_name': 'past password',
                'verbose_name_plural': 'past passwords',
            },
        ),
        migrations.AddField(
            model_name='user',
            name='one_time_until',
            field=models.DateTimeField(blank=True, editable=False, help_text='Set while the password is one that was given out: it opens nothing but the choice of another.', null=True, verbose_name='one-time password valid until'),
        ),
        migrations.AddField(
            model_name='user',
            name='password_set_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When its owner last chose it.', null=True, verbose_name='password set at'),
        ),
        migrations.AddField(
            model_name='pastpassword',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='past_passwords', to=settings.AUTH_USER_MODEL, verbose_name='account'),
        ),
    ]
