"""The triggers that keep a loaded version as it was loaded, whoever writes to the database."""

import pgtrigger

NEVER_CHANGES = (pgtrigger.Protect(name="rows_of_a_version_stay", operation=pgtrigger.Update | pgtrigger.Delete),)


def stands_with(version: str) -> pgtrigger.Trigger:
    """Return the trigger that refuses a row for a published version; `version` is the SQL that yields its key."""
    return pgtrigger.Trigger(
        name="no_row_joins_a_published_version",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"""
            IF EXISTS (
                SELECT 1 FROM plans_planversion WHERE id = ({version}) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'pgtrigger: A published plan version never changes.';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - the SQL is written in the models, nothing comes from outside
    )
