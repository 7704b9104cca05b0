-- Deliveries that go by a gateway, which begin in the order in which their messages came to the store.
ALTER TABLE deliveries ADD COLUMN in_order INTEGER NOT NULL DEFAULT 0; -- 1: in that order; 2: was refused alone, and goes by itself

-- Those are passed over without reading them, as destinations without room are.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at, destination, in_order) WHERE state = 'queued';

-- Costs nothing where there are no gateways. The last columns tell what may be taken without reading the rows.
CREATE INDEX deliveries_in_order ON deliveries (destination, message_id, ordinal, next_attempt_at, claimed_by)
  WHERE state = 'queued' AND in_order = 1;
