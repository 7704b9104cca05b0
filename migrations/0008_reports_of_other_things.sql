-- What senders ask of reports (RFC 3461), and the reports of other things than failures: successes and delays.

ALTER TABLE messages ADD COLUMN delay_dsn TEXT NOT NULL DEFAULT 'none';       -- none, sent, skipped: one a message

ALTER TABLE deliveries ADD COLUMN notification TEXT;                          -- JSON: what the next hop is asked to report
ALTER TABLE deliveries ADD COLUMN success_dsn TEXT NOT NULL DEFAULT 'none';   -- none, wanted, due, sent, skipped
ALTER TABLE deliveries ADD COLUMN warn_at INTEGER;                            -- set by the first deferral

-- Both hold what is still to be done and stay empty for mail that is delivered at once.
CREATE INDEX deliveries_to_confirm ON deliveries (message_id, ordinal) WHERE success_dsn = 'due';
CREATE INDEX deliveries_to_warn ON deliveries (warn_at) WHERE warn_at IS NOT NULL AND state = 'queued';
