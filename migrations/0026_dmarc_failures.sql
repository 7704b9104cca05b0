-- Failure reports about DMARC (RFC 9991) that were sent. Times are Unix milliseconds.

CREATE TABLE dmarc_failures (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  sent_at     INTEGER NOT NULL,
  domain      TEXT    NOT NULL,            -- where the policy record stands
  place       TEXT    NOT NULL,            -- the URI of ruf that got it
  about       TEXT    NOT NULL,            -- queue id of the message that failed
  queue_id    TEXT    NOT NULL             -- of the report
) STRICT;

CREATE INDEX dmarc_failures_sent ON dmarc_failures (sent_at, domain);
