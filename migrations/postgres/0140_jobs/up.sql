-- Long work: asked for by a person, done in their name by the machine, batch after batch.
CREATE TABLE jobs (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  kind TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format IN ('json','csv','xlsx')),
  state TEXT NOT NULL CHECK (state IN ('queued','running','done','failed','cancelled','fetched','expired')),
  -- How much is done, and of how much, where that is known.
  done BIGINT NOT NULL,
  total BIGINT,
  -- Where the next batch begins: moved in the batch's own transaction.
  cursor TEXT,
  -- How much it has laid down for its result.
  pieces BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  problem TEXT,
  -- Until when whoever works on it has it.
  lease_until BIGINT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT,
  version BIGINT NOT NULL,
  CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CHECK ((state IN ('queued','running')) = (finished_at IS NULL))
);
CREATE INDEX jobs_by_user ON jobs (user_id, id);
CREATE INDEX jobs_open ON jobs (state, id) WHERE state IN ('queued','running','done');
-- What a job was given and what it came to, sealed under the job's own key.
CREATE TABLE job_parts (
  job_id TEXT NOT NULL REFERENCES jobs (id),
  part TEXT NOT NULL CHECK (part IN ('input','result')),
  n BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (job_id, part, n)
);
-- The keys of jobs, each under the master key: destroyed when the result was fetched or a day has passed.
CREATE TABLE keys.job_keys (
  job_id TEXT NOT NULL PRIMARY KEY,
  master_id TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
