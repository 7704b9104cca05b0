-- What a relay puts on top of a message goes when the body goes, and so stands with the octets and not in rows that stay: SQLite joins
-- pages that have become nearly empty only when rows are removed. Messages and deliveries of earlier versions keep theirs in
-- messages.prepend and deliveries.prefix, which are empty from now on, so that a large database is not written anew.

-- The header fields of this hop, on top of the message's `prepend`; no row: there are none, or none any more.
CREATE TABLE delivery_octets (
  delivery_id INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
  octets      BLOB    NOT NULL
) STRICT;

-- Header fields added on admission; NULL: those of a message that an earlier version has taken.
ALTER TABLE message_octets ADD COLUMN prepend BLOB;

-- 0: packed alone; 1: with the dictionary of src/store/header-dictionary.ts.
ALTER TABLE message_headers ADD COLUMN form INTEGER NOT NULL DEFAULT 0;

-- 128 bits of the hashes are enough to know a copy again.
UPDATE message_identities SET copy_key = substr(copy_key, 1, 32), sent_by = substr(sent_by, 1, 32);
