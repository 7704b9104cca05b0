-- What was under way when the process ended by itself (a crash, a kill, the watchdog), so that a message that ends the process stops itself
-- and not the relay. Empty as long as nothing of that kind happens: the announcement of an attempt is all that the path of a message writes.

CREATE TABLE process_runs (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  run      INTEGER NOT NULL,               -- counts the starts
  is_clean INTEGER NOT NULL                -- 1: the last run has stopped as it was told
) STRICT;
INSERT INTO process_runs (only_row, run, is_clean) VALUES (1, 0, 1);

CREATE TABLE under_way (
  kind     TEXT    NOT NULL,               -- delivery, message (its plan, a bounce, a command), posts, reports
  work_id  INTEGER NOT NULL,               -- deliveries.id, otherwise messages.id
  progress INTEGER NOT NULL,               -- attempts of the delivery, planned copies of the posts: what is beyond it has been done
  last_run INTEGER NOT NULL,               -- the run that ended during it; 0: a clean stop, it is no suspect
  begun    INTEGER NOT NULL DEFAULT 0,     -- the order in which suspects were begun in this run; 0: not yet
  held_by  INTEGER,                        -- the run that ended during it for the second time in a row; NULL: it is tried, alone
  PRIMARY KEY (kind, work_id)
) STRICT, WITHOUT ROWID;
