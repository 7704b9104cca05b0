-- What was counted towards the limits of accounts: who has used up a day has done so after a restart too.

CREATE TABLE account_rates (
  counted TEXT    NOT NULL,                -- the limit: messages of accounts, recipients of accounts
  account TEXT    NOT NULL,
  count   INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,                -- Unix milliseconds: the count begins anew
  PRIMARY KEY (counted, account)
) STRICT, WITHOUT ROWID;
