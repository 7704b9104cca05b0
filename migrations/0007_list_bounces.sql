-- Failures counted per subscriber: probes of suspended ones, and what their owners have still to be told.

-- Of the probe that is under way; NULL: none is.
ALTER TABLE subscribers ADD COLUMN probe_queue_id TEXT;

-- Few, so that those whose mail fails are listed without reading the others.
CREATE INDEX subscribers_scored ON subscribers (list_id) WHERE bounce_score > 0;

CREATE TABLE list_news (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  list_id INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  kind    TEXT    NOT NULL,                -- suspended, resumed, given up, removed
  address TEXT    NOT NULL,
  reason  TEXT
) STRICT;

CREATE INDEX list_news_by_list ON list_news (list_id, id);

-- When owners were last told: they hear once a day, not once a failure.
CREATE TABLE list_news_told (
  list_id INTEGER PRIMARY KEY REFERENCES lists (id) ON DELETE CASCADE,
  told_at INTEGER NOT NULL
) STRICT;
