"""What a customer is asked to confirm is kept whole."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tools", "0002_name_the_description")]

    operations = [
        migrations.AlterField(
            model_name="confirmation", name="question", field=models.TextField()
        ),
    ]
