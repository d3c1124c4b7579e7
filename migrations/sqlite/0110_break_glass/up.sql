-- Break-glass: every attempt, hit or miss, for the limit and for oversight. No person is named by it but the one who asks.
CREATE TABLE break_glass_requests (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  at BIGINT NOT NULL,
  way TEXT NOT NULL CHECK (way IN ('granted','duty_desk')),
  reason_code TEXT NOT NULL CHECK (reason_code IN ('danger_now','she_is_here','he_is_here','medical_emergency','child_in_danger','missing','other')),
  facets TEXT NOT NULL
);
CREATE INDEX break_glass_requests_by_user ON break_glass_requests (user_id, at, id);
CREATE INDEX break_glass_requests_by_agency ON break_glass_requests (agency_id, at, id);
-- What became of an attempt, one row a case. A miss has a row without a case, sealed under a key that nobody keeps, so that
-- it costs what a hit costs. Words are sealed; what a rule asks stands beside them.
CREATE TABLE break_glass (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL REFERENCES break_glass_requests (id),
  case_id TEXT REFERENCES case_standing (case_id),
  party_kind TEXT CHECK (party_kind IN ('survivor','respondent','child','other')),
  way TEXT NOT NULL CHECK (way IN ('granted','duty_desk')),
  user_id TEXT NOT NULL REFERENCES users (id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  reason_code TEXT NOT NULL CHECK (reason_code IN ('danger_now','she_is_here','he_is_here','medical_emergency','child_in_danger','missing','other')),
  reason BLOB NOT NULL,
  asked TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  lapses_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('asked','declined','lapsed','active','reviewed')),
  grant_id TEXT REFERENCES grants (id),
  opened TEXT,
  opened_at BIGINT,
  ends_at BIGINT,
  answered_by TEXT REFERENCES users (id),
  answered_at BIGINT,
  answer BLOB,
  finding TEXT CHECK (finding IN ('justified','unjustified')),
  review BLOB,
  reviewed_by TEXT REFERENCES users (id),
  reviewed_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX break_glass_by_case ON break_glass (case_id, id);
CREATE INDEX break_glass_by_request ON break_glass (request_id);
-- A right suspended, by whom and when, for which access; lifted by whom, when and why. A person may have several.
CREATE TABLE break_glass_suspensions (
  id TEXT NOT NULL PRIMARY KEY,
  break_glass_id TEXT NOT NULL UNIQUE REFERENCES break_glass (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  user_id TEXT NOT NULL REFERENCES users (id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  suspended_by TEXT NOT NULL REFERENCES users (id),
  suspended_at BIGINT NOT NULL,
  lift_reason BLOB,
  lifted_by TEXT REFERENCES users (id),
  lifted_at BIGINT
);
CREATE INDEX break_glass_suspensions_by_user ON break_glass_suspensions (user_id, lifted_at);
CREATE TRIGGER break_glass_requests_no_update BEFORE UPDATE ON break_glass_requests BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER break_glass_requests_no_delete BEFORE DELETE ON break_glass_requests BEGIN SELECT RAISE(ABORT, 'append-only'); END;
