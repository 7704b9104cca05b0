-- What 0028_in_order.sql makes.
ALTER TABLE deliveries ADD COLUMN in_order bigint NOT NULL DEFAULT 0; -- 1: in that order; 2: was refused alone, and goes by itself

-- Those are passed over without reading them, as destinations without room are.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, destination, in_order) WHERE state = 'queued';

-- Costs nothing where there are no gateways. Not with `claimed_by`: a claim would change indexes.
CREATE INDEX deliveries_in_order ON deliveries (destination, message_id, ordinal)
  WHERE state = 'queued' AND in_order = 1;
