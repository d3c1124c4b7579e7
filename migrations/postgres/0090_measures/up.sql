-- Legal measures (facet measures): admonitions, protection orders, mandatory reports, proceedings, police matters. Numbers,
-- facts and words are sealed; what a rule asks stands beside them: state, days, urgency, whether a crime is suspected.
CREATE TABLE measures (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL CHECK (kind IN ('admonition','protection_order','mandatory_report','proceeding','police_matter')),
  state TEXT NOT NULL CHECK (state IN ('requested','issued','served','visits','ended','breached','drafted','filed','accepted','in_force','rejected','expired','revoked','made','open','concluded')),
  station_id TEXT REFERENCES agencies (id),
  court_id TEXT REFERENCES agencies (id),
  committee_id TEXT REFERENCES agencies (id),
  flag BOOLEAN NOT NULL,
  begins_on TEXT,
  ends_on TEXT,
  words BYTEA NOT NULL,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_agency TEXT NOT NULL REFERENCES agencies (id),
  recorded_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX measures_by_case ON measures (case_id, id);
-- What happened to a measure, in order; nothing of it is changed or taken away.
CREATE TABLE measure_entries (
  id TEXT NOT NULL PRIMARY KEY,
  measure_id TEXT NOT NULL REFERENCES measures (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL,
  at BIGINT NOT NULL,
  words BYTEA NOT NULL,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_agency TEXT NOT NULL REFERENCES agencies (id),
  recorded_at BIGINT NOT NULL
);
CREATE INDEX measure_entries_by_measure ON measure_entries (measure_id, id);
-- Visits under an admonition: planned, then kept or missed.
CREATE TABLE measure_visits (
  id TEXT NOT NULL PRIMARY KEY,
  measure_id TEXT NOT NULL REFERENCES measures (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  state TEXT NOT NULL CHECK (state IN ('planned','kept','missed')),
  due_on TEXT NOT NULL,
  visitor_id TEXT REFERENCES users (id),
  set_out_at BIGINT,
  back_by BIGINT,
  done_at BIGINT,
  words BYTEA,
  recorded_by TEXT REFERENCES users (id),
  recorded_agency TEXT REFERENCES agencies (id),
  version BIGINT NOT NULL
);
CREATE INDEX measure_visits_by_measure ON measure_visits (measure_id, id);
CREATE TRIGGER measure_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON measure_entries EXECUTE FUNCTION append_only();
