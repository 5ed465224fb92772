"""How often an answer was served is counted under that word."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("caching", "0001_initial")]

    operations = [
        migrations.RenameField("rememberedanswer", "hits", "served"),
        migrations.RenameField("rememberedanswer", "last_hit_at", "last_served_at"),
    ]
