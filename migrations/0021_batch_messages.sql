-- Messages that came in Batch SMTP objects, so that one which is posted again is known again.

CREATE TABLE batch_messages (
  -- AUTOINCREMENT: the difference of two says how many came between them, and the oldest go when there are too many.
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  message_key TEXT    NOT NULL UNIQUE,     -- hash of who posted it, its envelope and its octets
  queue_id    TEXT    NOT NULL,            -- noted before it is judged: it was taken if a message of this id is there
  is_taken    INTEGER NOT NULL DEFAULT 0   -- 1: it was answered with 250
) STRICT;
