"""The database itself refuses to change a prompt version once it is stored."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION answering_promptversion_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of prompt % is stored and fixed', OLD.number, OLD.purpose
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER answering_promptversion_is_fixed BEFORE UPDATE ON answering_promptversion
FOR EACH ROW WHEN (
    (OLD.workspace_id, OLD.purpose, OLD.number, OLD.body, OLD.variables, OLD.style,
     OLD.model_styles, OLD.sha256, OLD.shipped, OLD.why, OLD.created_at)
    IS DISTINCT FROM
    (NEW.workspace_id, NEW.purpose, NEW.number, NEW.body, NEW.variables, NEW.style,
     NEW.model_styles, NEW.sha256, NEW.shipped, NEW.why, NEW.created_at)
) EXECUTE FUNCTION answering_promptversion_is_fixed();
"""
BACKWARDS = """
DROP TRIGGER answering_promptversion_is_fixed ON answering_promptversion;
DROP FUNCTION answering_promptversion_is_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0001_prompts")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
