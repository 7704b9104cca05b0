-- Tokens of the API. The secrets are not here: their SHA-256 hashes are, of 256 random bits each.

CREATE TABLE api_tokens (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to a second one: tokens name it
  name        TEXT    NOT NULL,            -- as it was given
  name_key    TEXT    NOT NULL UNIQUE,     -- the form in which names are compared
  scopes      TEXT    NOT NULL,            -- JSON: what it may do
  secret_hash TEXT    NOT NULL,            -- hexadecimal
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER,                     -- NULL: never
  used_at     INTEGER                      -- about when it was used last; NULL: never
) STRICT;
