-- What aliases lead to and refuses mail for good: counted, suspended and probed as subscribers of lists are. Whatever works has no row.

CREATE TABLE alias_targets (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  address        TEXT    NOT NULL,         -- as the alias has it
  address_key    TEXT    NOT NULL UNIQUE,  -- the form in which addresses are compared
  alias          TEXT    NOT NULL,         -- the recipient whose copy failed last
  state          TEXT    NOT NULL CHECK (state IN ('active', 'suspended')),
  suspended_at   INTEGER,
  suspended_by   TEXT,
  reason         TEXT,                     -- of the last failure that counted
  bounce_score   REAL    NOT NULL,
  bounced_at     INTEGER,
  probes         INTEGER NOT NULL,
  probe_due_at   INTEGER,
  probe_queue_id TEXT,
  failed_since   INTEGER NOT NULL,         -- the first of the failures in the score
  returned       INTEGER NOT NULL,         -- copies since then that were taken and came back
  resumed_at     INTEGER                   -- by a probe, until it is forgotten
) STRICT;

CREATE INDEX alias_targets_probes ON alias_targets (probe_due_at) WHERE probe_due_at IS NOT NULL;
CREATE INDEX alias_targets_suspended ON alias_targets (suspended_at) WHERE state = 'suspended';

-- Grows whenever a target is suspended or resumed: a running relay asks for it every second.
CREATE TABLE alias_target_changes (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  version  INTEGER NOT NULL
) STRICT;
INSERT INTO alias_target_changes (only_row, version) VALUES (1, 0);
