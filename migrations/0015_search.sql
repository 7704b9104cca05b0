-- Searching the hop log: what a message can be found by, as numbers made of hashes (src/store/search-terms.ts), so that one small index
-- serves senders, recipients, clients, Message-IDs and subjects alike.

CREATE TABLE message_terms (
  message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  term       INTEGER NOT NULL,
  PRIMARY KEY (message_id, term)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_terms_by_term ON message_terms (term, message_id);

-- As received, without the angle brackets; NULL: it has none, or was taken by an earlier version.
ALTER TABLE messages ADD COLUMN header_message_id TEXT;
ALTER TABLE messages ADD COLUMN subject_hash TEXT;

-- Both hold little: what ends otherwise than by being forwarded and delivered.
CREATE INDEX messages_ended ON messages (state, id) WHERE state IN ('failed', 'bounce-received', 'obeyed');
CREATE INDEX deliveries_failed ON deliveries (message_id) WHERE state = 'failed';

-- Messages of earlier versions are found by addresses and clients.
INSERT OR IGNORE INTO message_terms (message_id, term)
SELECT id, search_term(kind, value) FROM (
  SELECT id, 'from' AS kind, json_extract(envelope, '$.reversePath') AS value FROM messages
  UNION ALL SELECT id, 'from-domain', json_extract(envelope, '$.reversePath') FROM messages
  UNION ALL SELECT m.id, 'to', path.value FROM messages m, json_each(m.envelope, '$.forwardPaths') AS path
  UNION ALL SELECT m.id, 'to-domain', path.value FROM messages m, json_each(m.envelope, '$.forwardPaths') AS path
  UNION ALL SELECT message_id, 'to', forward_path FROM deliveries
  UNION ALL SELECT message_id, 'to-domain', forward_path FROM deliveries
  UNION ALL SELECT id, 'peer', json_extract(peer, '$.address') FROM messages WHERE peer IS NOT NULL
);
