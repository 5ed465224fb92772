"""The database itself refuses to change or delete what the audit says."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION audit_rows_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of the audit are never changed or deleted.'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER audit_rows_are_fixed BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_rows_are_fixed();
"""
BACKWARDS = """
DROP TRIGGER audit_rows_are_fixed ON audit_auditevent;
DROP FUNCTION audit_rows_are_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
