-- Why an attempt went to the host it went to, and what TLS that host had to do: JSON with why, tls and policy. NULL: it came
-- to no host, or was made by an earlier version.
ALTER TABLE attempts ADD COLUMN choice TEXT;
