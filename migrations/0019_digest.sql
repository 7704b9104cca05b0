-- What nobody was told of, until the postmaster is, once a day.

CREATE TABLE untold (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  kind     TEXT    NOT NULL,               -- failure: found here; bounce: it came back, and went no further
  why      TEXT    NOT NULL,               -- why nobody was told
  about    TEXT    NOT NULL,               -- domain that the mail was for; '': many, or not known
  said     TEXT,                           -- the reason of the last failure
  queue_id TEXT    NOT NULL,               -- of the last message
  count    INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  UNIQUE (kind, why, about)
) STRICT;

-- When it was last looked whether there is something to tell.
CREATE TABLE digest_looks (
  only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
  looked_at INTEGER NOT NULL
) STRICT;
