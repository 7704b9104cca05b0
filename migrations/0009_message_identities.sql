-- What was taken for whom, so that one signed message is not sent on again and again.

CREATE TABLE message_identities (
  -- AUTOINCREMENT: the difference of two says how many came between them, and the oldest go when there are too many.
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  copy_key TEXT    NOT NULL UNIQUE,        -- hash of what the message is and whom it is for
  sent_by  TEXT    NOT NULL,               -- hash of the client and its envelope: the same again is a client that missed our reply
  queue_id TEXT    NOT NULL,               -- of the message that was taken last
  seen_at  INTEGER NOT NULL,
  times    INTEGER NOT NULL                -- how often it was taken
) STRICT;

CREATE INDEX message_identities_by_age ON message_identities (seen_at);
