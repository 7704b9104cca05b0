-- Accounts of people and programs that submit mail (RFC 6409). Passwords are not here: what scrypt and SCRAM make of them is.

CREATE TABLE accounts (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to a second account: messages name it
  name        TEXT    NOT NULL,            -- as it was given
  name_key    TEXT    NOT NULL UNIQUE,     -- the form in which names are compared
  state       TEXT    NOT NULL CHECK (state IN ('active', 'disabled')),
  credentials TEXT    NOT NULL,            -- JSON: verifiers
  senders     TEXT    NOT NULL,            -- JSON: addresses and @domains that it may send from
  daily_limit INTEGER,                     -- recipients in a day; NULL: what the configuration says
  clients     TEXT    NOT NULL CHECK (clients IN ('observe', 'bind')),
  created_at  INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL             -- state or credentials: who has signed in before has to do it again
) STRICT;

-- What an account has sent in the last day of which anything is known.
CREATE TABLE account_use (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  day        INTEGER NOT NULL,             -- days since 1970 (UTC)
  recipients INTEGER NOT NULL
) STRICT;

-- Installations that an account has signed in from, as CLIENTID named them.
CREATE TABLE account_clients (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  client_key TEXT    NOT NULL,             -- keyed hash of type and token
  state      TEXT    NOT NULL CHECK (state IN ('seen', 'allowed')),
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  times      INTEGER NOT NULL,
  PRIMARY KEY (account_id, client_key)
) STRICT, WITHOUT ROWID;
