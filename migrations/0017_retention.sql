-- What is kept of a message whose octets have gone: its header section, for failures that come back later. DEFLATE (RFC 1951).

CREATE TABLE message_headers (
  message_id INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  section    BLOB    NOT NULL
) STRICT;

-- 1: only the record is left of it, octets and header section are past their time.
ALTER TABLE messages ADD COLUMN is_record INTEGER NOT NULL DEFAULT 0;
UPDATE messages SET is_record = 1 WHERE keep_until IS NOT NULL AND id NOT IN (SELECT message_id FROM message_octets);
