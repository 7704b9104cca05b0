-- Several relays on one database: each is in the table of relays as long as it renews its lease, and what it works on names it. A claim
-- ends with the lease of its relay, so that nothing is written for each claim beside what is written anyway.

CREATE TABLE relays (
  number      INTEGER PRIMARY KEY,         -- 0 to 31: the last character of its queue ids
  name        TEXT    NOT NULL UNIQUE,     -- the node and its place on it; at one place there is one relay at a time
  started_at  INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,            -- from then on others take over what it has claimed
  host        TEXT    NOT NULL,            -- for people: the machine, and its process there
  process     INTEGER NOT NULL
) STRICT;

-- Work that one relay does for all of them, by name.
CREATE TABLE relay_jobs (
  name  TEXT    NOT NULL PRIMARY KEY,
  relay INTEGER NOT NULL REFERENCES relays (number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The relay that has it in hand; NULL: none. It counts while a delivery is queued, a message spooled, a post open. No index: each of
-- these states has one that holds little else.
ALTER TABLE deliveries ADD COLUMN claimed_by INTEGER;
ALTER TABLE messages ADD COLUMN claimed_by INTEGER;
ALTER TABLE list_posts ADD COLUMN claimed_by INTEGER;

-- Keys of a relay, sealed with a key from a file, for nodes that share the database: whoever reads this has none of them.
CREATE TABLE sealed_files (
  name    TEXT    NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,                -- counts the changes: who has not seen the last one makes none
  sealed  TEXT                             -- base64; NULL: it was removed
) STRICT, WITHOUT ROWID;
