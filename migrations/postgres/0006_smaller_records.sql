-- What 0027_smaller_records.sql makes.

CREATE TABLE delivery_octets (
  delivery_id bigint NOT NULL PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
  octets      bytea  NOT NULL
);
-- Signatures are compressed badly.
ALTER TABLE delivery_octets ALTER COLUMN octets SET STORAGE EXTERNAL;

ALTER TABLE message_octets ADD COLUMN prepend bytea;

ALTER TABLE message_headers ADD COLUMN form bigint NOT NULL DEFAULT 0;

UPDATE message_identities SET copy_key = substr(copy_key, 1, 32), sent_by = substr(sent_by, 1, 32);
