// The ledger's tables, as named steps that are only ever added to.

/// The migrations of the ledger. A step that has been released is never edited: later ones change what it made.
enum LedgerSchema {
    /// Marks the file as a Lyceum ledger (`LYCE`), as SQLite's `application_id` is meant to.
    static let applicationID: Int32 = 0x4C59_4345

    static var migrator: LedgerMigrator {
        var migrator = LedgerMigrator()
        migrator.registerMigration("1 runs, catalog, watermarks, lineage") { db in
            if db.dialect == .sqlite { try db.execute(sql: "PRAGMA application_id = \(applicationID)") }
            try db.execute(sql: runs)
            try db.execute(sql: catalog(db.dialect))
            try db.execute(sql: lineage)
        }
        migrator.registerMigration("2 schema drift") { db in try db.execute(sql: drift) }
        migrator.registerMigration("3 rewrites and holds") { db in
            try db.execute(sql: rewrites)
            try db.execute(sql: holds)
        }
        migrator.registerMigration("column purposes, retention and statistics") { db in
            try db.execute(sql: purposes)
            try db.execute(sql: statistics)
        }
        migrator.registerMigration("4 erasures") { db in try db.execute(sql: erasures) }
        migrator.registerMigration("4 data keys") { db in try db.execute(sql: dataKeys) }
        return migrator
    }

    private static let runs = """
        CREATE TABLE properties (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE runs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL CHECK (status IN ('running', 'succeeded', 'failed', 'cancelled', 'abandoned')),
            started_at TEXT NOT NULL,
            finished_at TEXT,
            pid INTEGER NOT NULL,
            host TEXT NOT NULL,
            options TEXT NOT NULL DEFAULT '{}',
            error TEXT,
            records INTEGER NOT NULL DEFAULT 0,
            seconds REAL
        );
        CREATE INDEX runs_by_status ON runs (status);

        CREATE TABLE table_runs (
            run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            table_id TEXT NOT NULL,
            zone TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('built', 'unchanged', 'skipped', 'failed')),
            rows_in INTEGER NOT NULL,
            rows_out INTEGER NOT NULL,
            quarantined INTEGER NOT NULL,
            deduplicated INTEGER NOT NULL,
            seconds REAL NOT NULL,
            fingerprint TEXT,
            message TEXT,
            PRIMARY KEY (run_id, table_id)
        ) WITHOUT ROWID;

        CREATE TABLE tests (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            table_id TEXT NOT NULL,
            name TEXT NOT NULL,
            severity TEXT NOT NULL CHECK (severity IN ('warn', 'error')),
            status TEXT NOT NULL CHECK (status IN ('passed', 'warned', 'failed')),
            failures INTEGER NOT NULL,
            message TEXT
        );
        CREATE INDEX tests_by_run ON tests (run_id);
        """

    /// A file belongs to every snapshot of its table from `added_in` up to, not including, `removed_in`: appending a
    /// file to a table of a million costs one row, and old snapshots stay readable without lists of their own.
    ///
    /// Tables and snapshots refer to each other; SQLite takes a reference to what is not there yet, PostgreSQL does not.
    private static func catalog(_ dialect: LedgerDialect) -> String {
        switch dialect {
        case .sqlite: catalog(currentSnapshot: "INTEGER REFERENCES snapshots (id)")
        case .postgresql:
            catalog(currentSnapshot: "INTEGER")
                + "; ALTER TABLE tables ADD FOREIGN KEY (current_snapshot) REFERENCES snapshots (id)"
        }
    }

    private static func catalog(currentSnapshot: String) -> String {
        """
        CREATE TABLE publications (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run_id TEXT NOT NULL REFERENCES runs (id),
            committed_at TEXT NOT NULL,
            settled_at TEXT
        );
        CREATE INDEX publications_unsettled ON publications (id) WHERE settled_at IS NULL;

        CREATE TABLE tables (
            id TEXT PRIMARY KEY,
            zone TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT NOT NULL DEFAULT '',
            key TEXT NOT NULL DEFAULT '[]',
            current_snapshot \(currentSnapshot),
            created_at TEXT NOT NULL,
            UNIQUE (zone, name)
        ) WITHOUT ROWID;

        CREATE TABLE columns (
            table_id TEXT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            type TEXT NOT NULL,
            description TEXT NOT NULL DEFAULT '',
            pii TEXT NOT NULL DEFAULT 'none',
            PRIMARY KEY (table_id, position)
        ) WITHOUT ROWID;

        CREATE TABLE snapshots (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            table_id TEXT NOT NULL REFERENCES tables (id),
            publication_id INTEGER NOT NULL REFERENCES publications (id),
            run_id TEXT NOT NULL REFERENCES runs (id),
            parent_id INTEGER REFERENCES snapshots (id),
            mode TEXT NOT NULL CHECK (mode IN ('replace', 'append')),
            created_at TEXT NOT NULL,
            rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            files INTEGER NOT NULL,
            expired_at TEXT
        );
        CREATE INDEX snapshots_by_table ON snapshots (table_id, id);
        CREATE INDEX snapshots_by_publication ON snapshots (publication_id);

        CREATE TABLE files (
            id INTEGER PRIMARY KEY,
            table_id TEXT NOT NULL REFERENCES tables (id),
            path TEXT NOT NULL,
            rows INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            source TEXT,
            dt TEXT,
            added_in INTEGER NOT NULL REFERENCES snapshots (id),
            removed_in INTEGER REFERENCES snapshots (id),
            UNIQUE (path, added_in)
        );
        CREATE INDEX files_current ON files (table_id) WHERE removed_in IS NULL;
        CREATE INDEX files_by_addition ON files (table_id, added_in);
        CREATE INDEX files_by_removal ON files (removed_in) WHERE removed_in IS NOT NULL;

        CREATE VIEW snapshot_files AS
            SELECT s.id AS snapshot, s.table_id, f.path, f.rows, f.bytes, f.source, f.dt
            FROM snapshots s
            JOIN files f ON f.table_id = s.table_id
                AND f.added_in <= s.id AND (f.removed_in IS NULL OR f.removed_in > s.id);
        """
    }

    /// What was forgotten and must not come back: nothing here names anyone.
    private static let erasures = """
        CREATE TABLE substitutions (
            publication_id BIGINT NOT NULL REFERENCES publications (id),
            old_path TEXT NOT NULL,
            new_path TEXT,
            PRIMARY KEY (publication_id, old_path)
        );

        CREATE TABLE erasures (
            run_id TEXT PRIMARY KEY REFERENCES runs (id),
            reason TEXT NOT NULL,
            committed_at TEXT NOT NULL,
            completed_at TEXT,
            document TEXT NOT NULL
        );

        CREATE TABLE suppressions (
            hash TEXT PRIMARY KEY,
            kind TEXT NOT NULL,
            run_id TEXT NOT NULL REFERENCES runs (id),
            created_at TEXT NOT NULL
        );
        """

    private static let drift = """
        CREATE TABLE drift (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            source TEXT NOT NULL,
            table_name TEXT NOT NULL,
            column_name TEXT NOT NULL,
            dimension TEXT NOT NULL CHECK (dimension IN ('columns', 'types', 'data')),
            kind TEXT NOT NULL CHECK (kind IN ('added', 'missing', 'retyped', 'broken')),
            mode TEXT NOT NULL CHECK (mode IN ('evolve', 'freeze', 'quarantine')),
            action TEXT NOT NULL,
            row_count INTEGER NOT NULL,
            detail TEXT NOT NULL DEFAULT ''
        );
        CREATE INDEX drift_by_run ON drift (run_id);
        """

    /// `rewrite` says why files were written anew (the mode is then `replace`); `content` names the snapshot that brought
    /// the rows, when this one only merged their files.
    private static let rewrites = """
        ALTER TABLE snapshots ADD COLUMN rewrite TEXT;
        ALTER TABLE snapshots ADD COLUMN content BIGINT;
        """

    private static let holds = """
        CREATE TABLE holds (
            id BIGINT PRIMARY KEY,
            scope TEXT NOT NULL CHECK (scope IN ('table', 'subject')),
            target TEXT NOT NULL,
            reason TEXT NOT NULL,
            placed_by TEXT NOT NULL,
            placed_at TEXT NOT NULL,
            released_by TEXT,
            released_at TEXT
        );
        CREATE INDEX holds_by_target ON holds (scope, target);
        """

    private static let purposes = """
        ALTER TABLE columns ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
        ALTER TABLE columns ADD COLUMN retention TEXT NOT NULL DEFAULT '7 years';
        """

    /// What each file's columns hold at least and at most; only of columns that say nothing about a person.
    private static let statistics = """
        CREATE TABLE file_statistics (
            path TEXT NOT NULL,
            column_name TEXT NOT NULL,
            minimum TEXT,
            maximum TEXT,
            nulls INTEGER NOT NULL,
            PRIMARY KEY (path, column_name)
        ) WITHOUT ROWID;
        """

    private static let dataKeys = """
        ALTER TABLE files ADD COLUMN key_id TEXT;
        CREATE INDEX files_by_key ON files (key_id) WHERE key_id IS NOT NULL;
        """

    private static let lineage = """
        CREATE TABLE watermarks (
            source TEXT NOT NULL,
            table_name TEXT NOT NULL,
            column_name TEXT,
            value TEXT,
            fingerprint TEXT,
            updated_at TEXT NOT NULL,
            run_id TEXT NOT NULL REFERENCES runs (id),
            PRIMARY KEY (source, table_name)
        ) WITHOUT ROWID;

        CREATE TABLE builds (
            table_id TEXT PRIMARY KEY REFERENCES tables (id) ON DELETE CASCADE,
            fingerprint TEXT,
            run_id TEXT NOT NULL REFERENCES runs (id),
            built_at TEXT NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE lineage (
            run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            table_id TEXT NOT NULL,
            position INTEGER NOT NULL,
            input TEXT NOT NULL,
            version TEXT,
            PRIMARY KEY (run_id, table_id, position)
        ) WITHOUT ROWID;
        """
}
