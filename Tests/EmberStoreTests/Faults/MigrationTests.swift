import EmberStore
import Foundation
import GRDB
import Testing

@Suite struct MigrationTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// A file as version 1 wrote it. Never changed: it stands for the files that users have.
    private static let version1 = """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('v1');
        CREATE TABLE service (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, name TEXT NOT NULL,
            entries INTEGER NOT NULL DEFAULT 0 CHECK (entries >= 0),
            bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0), UNIQUE (tenant, name)) STRICT;
        CREATE TABLE demonstration (
            id INTEGER PRIMARY KEY AUTOINCREMENT, service INTEGER NOT NULL REFERENCES service (id), model TEXT,
            request TEXT NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('edge', 'cloud', 'given')),
            quality REAL CHECK (quality BETWEEN 0 AND 1), time REAL NOT NULL, bytes INTEGER NOT NULL, tokens TEXT,
            prompt TEXT NOT NULL, result TEXT NOT NULL,
            given INTEGER NOT NULL GENERATED ALWAYS AS (origin = 'given') VIRTUAL,
            worth REAL NOT NULL GENERATED ALWAYS AS (coalesce(quality, 0.5)) VIRTUAL) STRICT;
        CREATE INDEX demonstration_scope ON demonstration (service, id, model, bytes);
        CREATE UNIQUE INDEX demonstration_request ON demonstration (service, request);
        CREATE INDEX demonstration_worth ON demonstration (given, worth, time);
        CREATE INDEX demonstration_service_worth ON demonstration (service, given, worth, time);
        CREATE TABLE embedding (
            id INTEGER PRIMARY KEY REFERENCES demonstration (id) ON DELETE CASCADE, embedder TEXT NOT NULL,
            vector BLOB NOT NULL) STRICT;
        CREATE TRIGGER demonstration_added AFTER INSERT ON demonstration BEGIN
            UPDATE service SET entries = entries + 1, bytes = bytes + new.bytes WHERE id = new.service; END;
        CREATE TRIGGER demonstration_removed AFTER DELETE ON demonstration BEGIN
            UPDATE service SET entries = entries - 1, bytes = bytes - old.bytes WHERE id = old.service; END;
        CREATE TRIGGER demonstration_changed AFTER UPDATE OF bytes ON demonstration BEGIN
            UPDATE service SET bytes = bytes - old.bytes + new.bytes WHERE id = new.service; END;
        PRAGMA application_id = 1164796530;
        INSERT INTO service (tenant, name) VALUES ('ann', 'chat');
        INSERT INTO demonstration (id, service, model, request, origin, quality, time, bytes, tokens, prompt, result)
            VALUES (7, 1, 'smollm2', 'r-7', 'cloud', 0.25, 1795000000.5, 300, '{"smollm2":12}', 'a prompt', 'a result'),
                   (9, 1, NULL, 'r-9', 'edge', NULL, 1795000001, 300, NULL, 'another', 'one');
        INSERT INTO embedding VALUES (7, 'minilm', x'0000803F000000C0');
        """

    @Test func aFileOfVersion1IsReadAndGoesOn() async throws {
        let file = try DatabaseQueue(path: folder.database)
        try await file.write { try $0.execute(sql: Self.version1) }
        try file.close()

        let reports = Reports()
        let store = try await opened(folder, reports: reports)
        // As it was, it is kept beside: an older Ember reads that.
        let copy = folder.database + ".version-1"
        #expect(reports.lines.count == 1 && reports.lines[0].contains(copy))
        let older = try DatabaseQueue(path: copy)
        let (count, versions) = try await older.read { db in
            (
                try Int.fetchOne(db, sql: "SELECT count(*) FROM demonstration"),
                try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations")
            )
        }
        #expect(count == 2 && versions == ["v1"])
        try older.close()
        let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let found = try await store.newest(9, of: .chat)
        #expect(found.map(\.id) == [9, 7])
        #expect(
            found[1].content
                == DemonstrationContent(
                    service: "chat", model: "smollm2", prompt: "a prompt", result: "a result", tokens: ["smollm2": 12],
                    origin: .cloud, quality: 0.25, time: 1_795_000_000.5, request: "r-7",
                    embedding: Embedding(vector: [1, -2], embedder: "minilm")))
        #expect(found[0].model == nil && found[0].tokens == [:] && found[0].embedding == nil)
        #expect(try await store.usage(of: .chat).entries == 2)
        #expect(try await store.requests(near: [1, -2]) == ["r-7"])
        #expect(try await store.rate(request: "r-9", tenant: "ann", quality: 1) == 1)
        #expect(try await store.add(example("new"), tenant: "ann") == 10)
        try await store.close()
        try await opened(folder, reports: reports).close()
        #expect(reports.lines.count == 1, "it is brought up to this version once")
    }
}
