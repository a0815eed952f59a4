"""The database's own refusal to change or delete an event, as each database says it.

SQLite drops a table's triggers whenever a migration rebuilds the table: one that alters `tasks_event`
there must end with `install`.
"""

REFUSAL = "events are append-only"

_SQLITE = {
    verb: f"""
        CREATE TRIGGER event_refuses_{verb} BEFORE {verb.upper()} ON tasks_event
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """
    for verb in ("update", "delete")
}
_POSTGRESQL = f"""
    CREATE FUNCTION tasks_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
    CREATE TRIGGER event_refuses_change BEFORE UPDATE OR DELETE ON tasks_event
    FOR EACH ROW EXECUTE FUNCTION tasks_event_refuse();
"""


def install(schema_editor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in _SQLITE.values():
            schema_editor.execute(statement, params=None)
    else:
        schema_editor.execute(_POSTGRESQL, params=None)


def remove(schema_editor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for verb in _SQLITE:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS event_refuses_{verb}", params=None)
    else:
        schema_editor.execute(
            "DROP TRIGGER IF EXISTS event_refuses_change ON tasks_event;"
            "DROP FUNCTION IF EXISTS tasks_event_refuse();",
            params=None,
        )
