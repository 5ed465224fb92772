"""The database itself refuses to change the words of a revision that was published."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION knowledge_revision_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'revision % of article % was published and is fixed', OLD.number, OLD.article_id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER knowledge_revision_is_fixed BEFORE UPDATE ON knowledge_revision FOR EACH ROW
WHEN (
    OLD.published_at IS NOT NULL AND (
        OLD.article_id, OLD.number, OLD.title, OLD.body, OLD.note, OLD.audience, OLD.language,
        OLD.subject, OLD.tags, OLD.aliases, OLD.content_hash, OLD.created_at, OLD.published_at
    ) IS DISTINCT FROM (
        NEW.article_id, NEW.number, NEW.title, NEW.body, NEW.note, NEW.audience, NEW.language,
        NEW.subject, NEW.tags, NEW.aliases, NEW.content_hash, NEW.created_at, NEW.published_at
    )
) EXECUTE FUNCTION knowledge_revision_is_fixed();
"""
BACKWARDS = """
DROP TRIGGER knowledge_revision_is_fixed ON knowledge_revision;
DROP FUNCTION knowledge_revision_is_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_imports_and_places")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
