-- What was asked of lists by mail: requests that wait for an answer, and how many there were, so that nobody is flooded with
-- answers. All times are Unix milliseconds.

CREATE TABLE list_requests (
  -- AUTOINCREMENT: tokens name a request for days.
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  list_id     INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  kind        TEXT    NOT NULL,            -- subscribe, unsubscribe, help
  state       TEXT    NOT NULL,            -- asked, confirming, deciding, done, refused
  address     TEXT    NOT NULL,            -- as it was given
  address_key TEXT    NOT NULL,            -- what addresses are compared by
  counted_as  TEXT    NOT NULL,            -- address_key, or that of somebody who only claims to be that address
  network     TEXT    NOT NULL,            -- of the client that sent the command
  queue_id    TEXT    NOT NULL UNIQUE,     -- of the command
  created_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL             -- until then it can be answered
) STRICT;

-- How many there were lately from an address, for a list, from a network.
CREATE INDEX list_requests_by_address ON list_requests (counted_as, created_at);
CREATE INDEX list_requests_by_list ON list_requests (list_id, created_at);
CREATE INDEX list_requests_by_network ON list_requests (network, created_at);
CREATE INDEX list_requests_by_expiry ON list_requests (expires_at);
