-- Referrals: one agency asks another for help with a case, or refers a new one in. Texts are sealed under the case's key.
CREATE TABLE referrals (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL CHECK (kind IN ('intake','service','mediation','introduction')),
  help TEXT CHECK (help IN ('case_work','legal_advice','counselling','mediation','shelter','school_support','medical_care','living_assistance','other')),
  sender_id TEXT NOT NULL REFERENCES agencies (id),
  receiver_id TEXT NOT NULL REFERENCES agencies (id),
  facets TEXT NOT NULL,
  urgency TEXT NOT NULL CHECK (urgency IN ('normal','urgent')),
  state TEXT NOT NULL CHECK (state IN ('draft','sent','acknowledged','accepted','declined','withdrawn','completed')),
  text BLOB,
  intake BLOB,
  reason BLOB,
  outcome BLOB,
  created_by TEXT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  acknowledged_at BIGINT,
  answered_at BIGINT,
  answered_by TEXT REFERENCES users (id),
  ended_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX referrals_by_case ON referrals (case_id, id);
CREATE INDEX referrals_by_sender ON referrals (sender_id, id);
CREATE INDEX referrals_by_receiver ON referrals (receiver_id, id);
CREATE UNIQUE INDEX referrals_one_live ON referrals (case_id, receiver_id, kind)
  WHERE state IN ('draft','sent','acknowledged','accepted');
