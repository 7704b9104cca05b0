-- Addresses that are equivalent are one: a quoted local part that needs no quotes, and Unicode in another normal form, were kept as
-- other people. `folded_address` is that of the program (src/message/mailbox.ts).

-- Subscribers that turned out to be somebody who was subscribed already: links and reports of earlier copies name them.
CREATE TABLE former_subscribers (
  id            INTEGER PRIMARY KEY,
  subscriber_id INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
  address       TEXT    NOT NULL           -- as it was given
) STRICT;

CREATE INDEX former_subscribers_by_subscriber ON former_subscribers (subscriber_id);

-- Whoever gets mail goes on getting it; among equals the one who came first stays.
CREATE TEMP TABLE rekeyed AS
SELECT id, address_key AS old_key, new_key,
  first_value(id) OVER (PARTITION BY list_id, new_key ORDER BY state = 'active' DESC, id) AS kept,
  min(subscribed_at) OVER (PARTITION BY list_id, new_key) AS since
FROM (SELECT *, folded_address(address) AS new_key FROM subscribers);
CREATE UNIQUE INDEX temp.rekeyed_by_id ON rekeyed (id);

INSERT INTO former_subscribers (id, subscriber_id, address)
SELECT id, kept, address FROM subscribers JOIN rekeyed USING (id) WHERE id <> kept;

UPDATE deliveries
SET subscriber_id = (SELECT subscriber_id FROM former_subscribers AS former WHERE former.id = deliveries.subscriber_id)
WHERE subscriber_id IN (SELECT id FROM former_subscribers);

DELETE FROM subscribers WHERE id IN (SELECT id FROM former_subscribers);

UPDATE subscribers SET subscribed_at = (SELECT since FROM rekeyed WHERE rekeyed.id = subscribers.id)
WHERE id IN (SELECT subscriber_id FROM former_subscribers);

-- In two steps: a new key may be the old one of somebody whose turn comes later.
UPDATE subscribers SET address_key = 'rekeyed ' || id
WHERE id IN (SELECT id FROM rekeyed WHERE old_key <> new_key);
UPDATE subscribers SET address_key = (SELECT new_key FROM rekeyed WHERE rekeyed.id = subscribers.id)
WHERE id IN (SELECT id FROM rekeyed WHERE old_key <> new_key);

UPDATE list_requests SET address_key = folded_address(address);

DROP TABLE temp.rekeyed;
