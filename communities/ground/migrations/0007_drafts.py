import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ground", "0006_sign_ins"),
    ]

    operations = [
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(help_text='The path of the page that holds the form.', max_length=500, verbose_name='page')),
                ('fields', models.JSONField(default=list, help_text='Names and values as the form would send them.', verbose_name='fields')),
                ('saved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='saved at')),
            ],
            options={
                'verbose_name': 'draft',
                'verbose_name_plural': 'drafts',
            },
        ),
        migrations.AddField(
            model_name='draft',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to=settings.AUTH_USER_MODEL, verbose_name='account'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('user', 'address'), name='one_draft_of_a_page'),
        ),
    ]
