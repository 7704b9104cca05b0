-- People who may use the pages of the admin listener. Passwords are not here: what scrypt makes of them is.

CREATE TABLE admins (
  id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never given to a second one: sessions name it
  name        TEXT    NOT NULL,            -- as it was given
  name_key    TEXT    NOT NULL UNIQUE,     -- the form in which names are compared
  role        TEXT    NOT NULL CHECK (role IN ('operator', 'reader')),
  credentials TEXT    NOT NULL,            -- JSON: verifier
  created_at  INTEGER NOT NULL,
  changed_at  INTEGER NOT NULL             -- role or credentials: who has signed in before has to do it again
) STRICT;
