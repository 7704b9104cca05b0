-- TLS towards next hops: policies that were fetched (MTA-STS), sessions counted by day, and the reports about them
-- (RFC 8460). All times are Unix milliseconds; a day is YYYY-MM-DD in UTC.

CREATE TABLE sts_policies (
  domain      TEXT    NOT NULL PRIMARY KEY,
  policy_id   TEXT    NOT NULL,            -- of the TXT record under which it was fetched
  mode        TEXT    NOT NULL,            -- enforce, testing, none
  max_age     INTEGER NOT NULL,            -- seconds
  mx          TEXT    NOT NULL,            -- JSON array
  lines       TEXT    NOT NULL,            -- JSON array: the lines of the file
  fetched_at  INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sts_policies_by_expiry ON sts_policies (expires_at);

CREATE TABLE tls_sessions (
  day         TEXT    NOT NULL,
  domain      TEXT    NOT NULL,
  policy      TEXT    NOT NULL,            -- JSON: type, string, mxHost
  result      TEXT    NOT NULL,            -- success, or a result type of RFC 8460 section 4.3
  details     TEXT    NOT NULL,            -- JSON: where and why it failed
  sessions    INTEGER NOT NULL,
  PRIMARY KEY (day, domain, policy, result, details)
) STRICT, WITHOUT ROWID;

CREATE TABLE tls_reports (
  day             TEXT    NOT NULL,
  domain          TEXT    NOT NULL,
  report_id       TEXT    NOT NULL,
  state           TEXT    NOT NULL,        -- due, sent, failed, unwanted
  targets         TEXT    NOT NULL,        -- JSON array, empty until the domain was asked where it wants its reports
  reason          TEXT,
  next_attempt_at INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  PRIMARY KEY (day, domain)
) STRICT, WITHOUT ROWID;

CREATE INDEX tls_reports_due ON tls_reports (next_attempt_at) WHERE state = 'due';
