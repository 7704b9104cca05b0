-- Mailing lists and their subscribers. Settings and subscribers are changed by the relay and, while it runs, by the
-- command line; all times are Unix milliseconds.

CREATE TABLE lists (
  -- AUTOINCREMENT: bounce addresses and tokens name a list for weeks; its number is never given to another one.
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  address    TEXT    NOT NULL UNIQUE,      -- lower case, the domain as A-labels
  settings   TEXT    NOT NULL,             -- JSON
  created_at INTEGER NOT NULL
) STRICT;

-- Counts every change of a list or its settings, so that a running relay sees at one glance whether there was one.
CREATE TABLE list_changes (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  version  INTEGER NOT NULL
) STRICT;
INSERT INTO list_changes (only_row, version) VALUES (1, 0);

CREATE TRIGGER lists_inserted AFTER INSERT ON lists BEGIN UPDATE list_changes SET version = version + 1; END;
CREATE TRIGGER lists_updated AFTER UPDATE ON lists BEGIN UPDATE list_changes SET version = version + 1; END;
CREATE TRIGGER lists_deleted AFTER DELETE ON lists BEGIN UPDATE list_changes SET version = version + 1; END;

CREATE TABLE subscribers (
  -- AUTOINCREMENT: deliveries, bounce addresses and tokens name a subscriber by this number. It is also the order in
  -- which a post goes out: who subscribes later has a higher one.
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  list_id       INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  address       TEXT    NOT NULL,          -- as it was given, and as mail goes out to it
  address_key   TEXT    NOT NULL,          -- lower case, the domain as A-labels: what addresses are compared by
  state         TEXT    NOT NULL,          -- active, suspended
  subscribed_at INTEGER NOT NULL,
  suspended_at  INTEGER,
  suspended_by  TEXT,                      -- bounces, operator, subscriber
  reason        TEXT,                      -- why it is suspended, or the last bounce that counted
  bounce_score  REAL    NOT NULL DEFAULT 0, -- as of bounced_at
  bounced_at    INTEGER,                   -- when a bounce last counted
  probes        INTEGER NOT NULL DEFAULT 0, -- sent since the suspension
  probe_due_at  INTEGER,                   -- when the next probe goes out, or the one under way counts as arrived
  UNIQUE (list_id, address_key)
) STRICT;

-- A post pages through the active ones in this order.
CREATE INDEX subscribers_active ON subscribers (list_id, id) WHERE state = 'active';
-- Few, so that they are listed and counted without reading the others.
CREATE INDEX subscribers_suspended ON subscribers (list_id, id) WHERE state = 'suspended';
CREATE INDEX subscribers_probe_due ON subscribers (probe_due_at) WHERE probe_due_at IS NOT NULL;
