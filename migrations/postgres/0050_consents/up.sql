-- Her consents: one recipient, one purpose, facets and an end each. What she or a guardian said is sealed (`progress`).
CREATE TABLE consents (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  recipient_agency TEXT NOT NULL REFERENCES agencies (id),
  recipient_user TEXT REFERENCES users (id),
  purpose TEXT NOT NULL CHECK (purpose IN ('case_work','legal_advice','counselling','mediation','shelter','school_support','medical_care','living_assistance','keeping_confidence','other')),
  facets TEXT NOT NULL,
  given_by TEXT NOT NULL CHECK (given_by IN ('survivor','guardian')),
  given_on TEXT NOT NULL,
  expires_on TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('given','suspended','revoked','expired')),
  said BYTEA NOT NULL,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_at BIGINT NOT NULL,
  suspended_at BIGINT,
  revoked_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX consents_by_case ON consents (case_id, id);
-- Two live ones for the same recipient and purpose would let sharing go on when she takes one back.
CREATE UNIQUE INDEX consents_one_live ON consents (case_id, recipient_agency, COALESCE(recipient_user, ''), purpose)
  WHERE state IN ('given','suspended');
