-- What owners of lists hear of beside their subscribers: hosts that refuse this relay or its senders, and mail to the addresses of
-- single copies that is no report. Each is kept once, with how often it was seen; `address` is the host or the subscriber.

ALTER TABLE list_news ADD COLUMN count INTEGER NOT NULL DEFAULT 1;

CREATE UNIQUE INDEX list_news_once ON list_news (list_id, kind, address) WHERE kind IN ('refused', 'unread');
