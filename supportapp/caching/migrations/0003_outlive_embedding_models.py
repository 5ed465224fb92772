"""An answer that people approved isn't deleted with the embedding model that read its question."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("caching", "0002_served")]

    operations = [
        migrations.AlterField(
            "rememberedanswer",
            "embedding_model",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="knowledge.embeddingmodel",
            ),
        ),
    ]
