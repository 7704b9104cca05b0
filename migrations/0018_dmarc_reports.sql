-- What DMARC made of messages, counted by day and policy domain, and the aggregate reports about it (RFC 9990). A day is
-- YYYY-MM-DD in UTC, all times are Unix milliseconds.

CREATE TABLE dmarc_days (
  day         TEXT    NOT NULL,
  domain      TEXT    NOT NULL,            -- where the policy record stands
  record      TEXT    NOT NULL,            -- the last one that was seen that day
  kinds       INTEGER NOT NULL,            -- rows of dmarc_results
  PRIMARY KEY (day, domain)
) STRICT, WITHOUT ROWID;

CREATE TABLE dmarc_results (
  day         TEXT    NOT NULL,
  domain      TEXT    NOT NULL,
  source      TEXT    NOT NULL,            -- IP address, or the first one of a network
  evaluation  TEXT    NOT NULL,            -- JSON
  messages    INTEGER NOT NULL,
  PRIMARY KEY (day, domain, source, evaluation)
) STRICT, WITHOUT ROWID;

CREATE TABLE dmarc_reports (
  day             TEXT    NOT NULL,
  domain          TEXT    NOT NULL,
  report_id       TEXT    NOT NULL,
  state           TEXT    NOT NULL,        -- due, sent, failed, unwanted
  targets         TEXT    NOT NULL,        -- JSON array, empty until it was asked who may have the report
  reason          TEXT,
  next_attempt_at INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  PRIMARY KEY (day, domain)
) STRICT, WITHOUT ROWID;

CREATE INDEX dmarc_reports_due ON dmarc_reports (next_attempt_at) WHERE state = 'due';
