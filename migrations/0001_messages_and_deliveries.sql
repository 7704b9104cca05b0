-- Messages, their deliveries and the attempts to make them. All times are Unix milliseconds; columns that hold JSON
-- are TEXT. States are plain words, checked by the program's types: a later migration can add one without a rebuild.

-- "DK2R": tells this database from any other SQLite file.
PRAGMA application_id = 1145778770;

CREATE TABLE messages (
  id          INTEGER PRIMARY KEY,
  queue_id    TEXT    NOT NULL UNIQUE,
  received_at INTEGER NOT NULL,
  direction   TEXT    NOT NULL,            -- forward, originate, bounce, dsn
  state       TEXT    NOT NULL,            -- spooled, forwarded, failed, bounce-received
  reason      TEXT,                        -- why it failed
  listener    TEXT,
  size_bytes  INTEGER NOT NULL,
  reports_on  TEXT,                        -- of a DSN: queue id of the message it reports on
  keep_until  INTEGER,                     -- NULL: not planned yet, never pruned
  peer        TEXT,                        -- JSON
  envelope    TEXT    NOT NULL,            -- JSON
  verdict     TEXT,                        -- JSON
  removed     TEXT    NOT NULL,            -- JSON array of field indices
  prepend     BLOB    NOT NULL
) STRICT;

CREATE INDEX messages_spooled ON messages (queue_id) WHERE state = 'spooled';
CREATE INDEX messages_by_keep_until ON messages (keep_until) WHERE keep_until IS NOT NULL;

-- Octets as received, apart from the rows that lists and scans read.
CREATE TABLE message_octets (
  message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  octets     BLOB    NOT NULL
) STRICT;

CREATE TABLE deliveries (
  -- AUTOINCREMENT: a number is never given to a second delivery, so a late answer cannot hit the wrong one.
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id      INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  ordinal         INTEGER NOT NULL,
  kind            TEXT    NOT NULL,
  state           TEXT    NOT NULL,        -- queued, delivered, failed, held
  recipient       TEXT    NOT NULL,
  forward_path    TEXT    NOT NULL,
  reverse_path    TEXT    NOT NULL,
  destination     TEXT    NOT NULL,
  attempts        INTEGER NOT NULL,        -- announced so far
  next_attempt_at INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  finished_at     INTEGER,
  reason          TEXT,
  dsn             TEXT    NOT NULL,        -- none, due, sent, skipped
  dsn_queue_id    TEXT,
  hop             TEXT,                    -- JSON
  prefix          BLOB    NOT NULL,
  UNIQUE (message_id, ordinal)
) STRICT;

-- Holds what is queued and nothing else, so it stays small while the hop log grows. The destination is in it so that
-- deliveries to destinations without room are passed over without reading them; a second index that begins with the
-- destination would cost every plan and every outcome a page.
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, destination) WHERE state = 'queued';
CREATE INDEX deliveries_held ON deliveries (next_attempt_at) WHERE state = 'held';
CREATE INDEX deliveries_to_report ON deliveries (message_id, ordinal) WHERE dsn = 'due';

-- An announced attempt that a crash cut off has no row here.
CREATE TABLE attempts (
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  ended_at    INTEGER NOT NULL,
  next_hop    TEXT    NOT NULL,
  tls         TEXT,                        -- JSON
  reply       TEXT,                        -- JSON: code, enhanced, text
  phase       TEXT    NOT NULL,
  outcome     TEXT    NOT NULL,            -- delivered, deferred, failed
  reason      TEXT,
  PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

-- The highest queue id that was ever pruned: ids that people have seen are not given out again.
CREATE TABLE queue_id_mark (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  last     TEXT    NOT NULL
) STRICT;
