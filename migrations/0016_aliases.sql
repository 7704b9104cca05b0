-- Aliases beside those of the configuration. A running relay asks for what has changed since it last looked, so every change of a row gives it
-- a number above all others, and a removed alias stays for a while, without targets.

CREATE TABLE aliases (
  domain     TEXT    NOT NULL,            -- lower case, A-labels
  local_part TEXT    NOT NULL,            -- as local parts of own domains are compared; * takes what has no alias of its own
  targets    TEXT,                        -- addresses with commas between them; NULL: removed
  version    INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (domain, local_part)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX aliases_by_version ON aliases (version);
CREATE INDEX aliases_removed ON aliases (changed_at) WHERE targets IS NULL;

-- The number of the last change.
CREATE TABLE alias_changes (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  version  INTEGER NOT NULL
) STRICT;
INSERT INTO alias_changes (only_row, version) VALUES (1, 0);
