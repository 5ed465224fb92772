from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tools", "0001_initial")]

    operations = [
        migrations.RenameField("apidescription", "document", "openapi"),
    ]
