-- A broker introduces a provider for a need. Of no case, and without a text: the need and the reasons are words of lists.
CREATE TABLE introductions (
  id TEXT NOT NULL PRIMARY KEY,
  sender_id TEXT NOT NULL REFERENCES agencies (id),
  receiver_id TEXT NOT NULL REFERENCES agencies (id),
  provider_id TEXT NOT NULL REFERENCES agencies (id),
  help TEXT NOT NULL CHECK (help IN ('case_work','legal_advice','counselling','mediation','shelter','school_support','medical_care','living_assistance','other')),
  division TEXT NOT NULL,
  urgency TEXT NOT NULL CHECK (urgency IN ('normal','urgent')),
  audience TEXT CHECK (audience IN ('survivors','children','older_people','disabled_people','families','respondents')),
  language TEXT,
  state TEXT NOT NULL CHECK (state IN ('draft','sent','acknowledged','accepted','declined','withdrawn','completed')),
  reason TEXT CHECK (reason IN ('full','not_our_division','not_our_help','no_longer_needed','entered_in_error','other')),
  created_by TEXT NOT NULL REFERENCES users (id),
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  acknowledged_at BIGINT,
  answered_at BIGINT,
  ended_at BIGINT,
  version BIGINT NOT NULL,
  CHECK (sender_id <> receiver_id)
);
CREATE INDEX introductions_by_sender ON introductions (sender_id, id);
CREATE INDEX introductions_by_receiver ON introductions (receiver_id, id);
