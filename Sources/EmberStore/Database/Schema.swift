import GRDB

/// The tables, as a list of migrations: one that has been released is never changed, later ones are added below it.
enum Schema {
    /// "Embr", by which a file is known as a store of Ember's.
    static let applicationID = 0x456D_6272

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { try $0.execute(sql: version1) }
        migrator.registerMigration("v2") { try $0.execute(sql: version2) }
        return migrator
    }

    /// Quotas give up what came first, by the ids: every index ends with them. Times are a clock's, which may
    /// have been wrong.
    private static let version2 = """
        DROP INDEX demonstration_worth;
        DROP INDEX demonstration_service_worth;
        CREATE INDEX demonstration_worth ON demonstration (given, worth);
        CREATE INDEX demonstration_service_worth ON demonstration (service, given, worth);
        """

    /// `service` counts what its demonstrations take, kept by triggers; `worth` and `given` order what quotas give up.
    private static let version1 = """
        CREATE TABLE service (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant TEXT NOT NULL,
            name TEXT NOT NULL,
            entries INTEGER NOT NULL DEFAULT 0 CHECK (entries >= 0),
            bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
            UNIQUE (tenant, name)
        ) STRICT;

        CREATE TABLE demonstration (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            service INTEGER NOT NULL REFERENCES service (id),
            model TEXT,
            request TEXT NOT NULL,
            origin TEXT NOT NULL CHECK (origin IN ('edge', 'cloud', 'given')),
            quality REAL CHECK (quality BETWEEN 0 AND 1),
            time REAL NOT NULL,
            bytes INTEGER NOT NULL,
            tokens TEXT,
            prompt TEXT NOT NULL,
            result TEXT NOT NULL,
            given INTEGER NOT NULL GENERATED ALWAYS AS (origin = 'given') VIRTUAL,
            worth REAL NOT NULL GENERATED ALWAYS AS (coalesce(quality, 0.5)) VIRTUAL
        ) STRICT;
        CREATE INDEX demonstration_scope ON demonstration (service, id, model, bytes);
        CREATE UNIQUE INDEX demonstration_request ON demonstration (service, request);
        CREATE INDEX demonstration_worth ON demonstration (given, worth, time);
        CREATE INDEX demonstration_service_worth ON demonstration (service, given, worth, time);

        CREATE TABLE embedding (
            id INTEGER PRIMARY KEY REFERENCES demonstration (id) ON DELETE CASCADE,
            embedder TEXT NOT NULL,
            vector BLOB NOT NULL
        ) STRICT;

        CREATE TRIGGER demonstration_added AFTER INSERT ON demonstration BEGIN
            UPDATE service SET entries = entries + 1, bytes = bytes + new.bytes WHERE id = new.service;
        END;
        CREATE TRIGGER demonstration_removed AFTER DELETE ON demonstration BEGIN
            UPDATE service SET entries = entries - 1, bytes = bytes - old.bytes WHERE id = old.service;
        END;
        CREATE TRIGGER demonstration_changed AFTER UPDATE OF bytes ON demonstration BEGIN
            UPDATE service SET bytes = bytes - old.bytes + new.bytes WHERE id = new.service;
        END;

        PRAGMA application_id = \(applicationID);
        """
}
