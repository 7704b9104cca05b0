-- The index of the search, put together some hundred messages at a time: one that follows every message writes a page for each of its
-- terms into every commit. Messages above the mark are looked through in message_terms, which is in the order of their arrival.

CREATE TABLE term_index (
  term       INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (term, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE term_index_mark (
  only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
  message_id INTEGER NOT NULL
) STRICT;

INSERT INTO term_index (term, message_id) SELECT term, message_id FROM message_terms ORDER BY term, message_id;
INSERT INTO term_index_mark (only_row, message_id) SELECT 1, coalesce(max(message_id), 0) FROM message_terms;

DROP INDEX message_terms_by_term;

-- A post may be sent on long after it came.
CREATE TRIGGER message_terms_late AFTER INSERT ON message_terms
WHEN new.message_id <= (SELECT message_id FROM term_index_mark) BEGIN
  INSERT OR IGNORE INTO term_index (term, message_id) VALUES (new.term, new.message_id);
END;

CREATE TRIGGER message_terms_gone AFTER DELETE ON message_terms BEGIN
  DELETE FROM term_index WHERE term = old.term AND message_id = old.message_id;
END;
