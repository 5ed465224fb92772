"""Who may export and erase a person's data."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_rows_are_fixed")]
    operations = [
        migrations.AlterModelOptions(
            name="auditevent",
            options={
                "ordering": ["-pk"],
                "permissions": [("handle_personal_data", "Can export and erase one person's data")],
            },
        )
    ]
