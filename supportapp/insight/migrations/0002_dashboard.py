import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0003_handoff_times'),
        ('insight', '0001_initial'),
        ('knowledge', '0006_vectors_of_lines'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FactMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('complete_before', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('monday', models.DateField(verbose_name='week from')),
                ('figures', models.JSONField(default=list)),
                ('notes', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.workspace')),
            ],
            options={
                'ordering': ['-monday'],
            },
        ),
        migrations.CreateModel(
            name='DigestDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being mailed'), ('sent', 'Mailed'), ('failed', 'Refused by the mail server')], default='waiting', max_length=10)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('digest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='insight.digest')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'digest deliveries',
            },
        ),
        migrations.CreateModel(
            name='DigestReader',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='TurnFact',
            fields=[
                ('turn', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='conversations.turn')),
                ('position', models.PositiveIntegerField()),
                ('asked_at', models.DateTimeField()),
                ('ending', models.CharField(choices=[('answered', 'Answered'), ('declined', 'Declined: no evidence'), ('blocked', 'Blocked by a guard'), ('small_talk', 'Small talk'), ('failed', 'Failed'), ('stopped', 'Stopped by the customer')], max_length=12)),
                ('route', models.CharField(blank=True, max_length=20)),
                ('model', models.CharField(blank=True, max_length=120)),
                ('prompt', models.CharField(blank=True, max_length=120)),
                ('first_token_ms', models.FloatField(null=True)),
                ('cost', models.DecimalField(decimal_places=8, default=0, max_digits=16)),
                ('guards', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('is_current', models.BooleanField(default=True)),
                ('is_last', models.BooleanField(default=False)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.conversation')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='knowledge.workspace')),
            ],
            options={
                'verbose_name': 'counted turn',
                'permissions': [('see_dashboard', 'Can see the dashboard and its digest')],
            },
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.UniqueConstraint(fields=('workspace', 'monday'), name='one_digest_a_week'),
        ),
        migrations.AddConstraint(
            model_name='digestdelivery',
            constraint=models.UniqueConstraint(fields=('digest', 'user'), name='one_delivery_each'),
        ),
        migrations.AddConstraint(
            model_name='digestreader',
            constraint=models.UniqueConstraint(fields=('user', 'workspace'), name='one_digest_wish_each'),
        ),
        migrations.AddIndex(
            model_name='turnfact',
            index=models.Index(fields=['workspace', 'asked_at'], name='fact_when'),
        ),
        migrations.AddIndex(
            model_name='turnfact',
            index=models.Index(fields=['conversation', 'position'], name='fact_conversation'),
        ),
    ]
