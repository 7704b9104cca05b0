-- Posts: what a message is to a list. Its copies are deliveries of the message, planned page by page over the subscribers.

CREATE TABLE list_posts (
  -- AUTOINCREMENT: owners are sent the number of a held post.
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id    INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  list_id       INTEGER NOT NULL,          -- no foreign key: the record of a post outlives its list
  list_address  TEXT    NOT NULL,
  recipient     TEXT    NOT NULL,          -- the forward-path as received
  state         TEXT    NOT NULL,          -- held, accepted, expanding, done, rejected
  reason        TEXT,                      -- why it is held or rejected, and what of the revision was left out
  created_at    INTEGER NOT NULL,
  finished_at   INTEGER,
  revision      TEXT,                      -- JSON: the way back from the revised octets; NULL before it is revised
  cursor        INTEGER NOT NULL DEFAULT 0, -- the last subscriber whose copy is planned
  until         INTEGER NOT NULL DEFAULT 0, -- the last subscriber of the moment when it was revised
  copies        INTEGER NOT NULL DEFAULT 0, -- planned so far
  owner_told_at INTEGER,                   -- when an owner was told that it is held
  UNIQUE (message_id, list_id)
) STRICT;

CREATE INDEX list_posts_open ON list_posts (id) WHERE state IN ('accepted', 'expanding');
CREATE INDEX list_posts_held ON list_posts (id) WHERE state = 'held';

-- What every copy has below its own fields, once for all of them.
CREATE TABLE list_post_octets (
  post_id INTEGER PRIMARY KEY REFERENCES list_posts (id) ON DELETE CASCADE,
  octets  BLOB    NOT NULL
) STRICT;

-- The Message-IDs that were posted to a list, so that the second copy of a post goes no further.
CREATE TABLE list_message_ids (
  list_id INTEGER NOT NULL,
  id_hash TEXT    NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (list_id, id_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX list_message_ids_by_age ON list_message_ids (seen_at);

-- Of a copy for a subscriber; NULL for every other delivery.
ALTER TABLE deliveries ADD COLUMN post_id INTEGER;
ALTER TABLE deliveries ADD COLUMN subscriber_id INTEGER;
