-- The entries by month: an append meets indexes of this month's size, however long the log is. A month is a range of ids, whose first
-- twelve hex digits are milliseconds (UUIDv7). What lies in no month that was made is kept by the partition `…_default`, so that no
-- entry is ever refused for want of a place.
SET LOCAL statement_timeout = 0;
ALTER TABLE audit_entries RENAME TO audit_entries_whole;
ALTER TABLE audit_entries_whole RENAME CONSTRAINT audit_entries_pkey TO audit_entries_whole_pkey;
DROP INDEX audit_entries_by_agency;
DROP INDEX audit_entries_by_user;
DROP INDEX audit_entries_not_allowed;
ALTER TABLE audit_cases RENAME TO audit_cases_whole;
ALTER TABLE audit_cases_whole RENAME CONSTRAINT audit_cases_pkey TO audit_cases_whole_pkey;
CREATE TABLE audit_entries (LIKE audit_entries_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id);
CREATE TABLE audit_cases (LIKE audit_cases_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (entry_id);
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (id);
ALTER TABLE audit_cases ADD CONSTRAINT audit_cases_pkey PRIMARY KEY (case_id, entry_id);
CREATE INDEX audit_entries_by_agency ON audit_entries (actor_agency, id);
CREATE INDEX audit_entries_by_user ON audit_entries (actor_user, id);
CREATE INDEX audit_entries_not_allowed ON audit_entries (id) WHERE outcome <> 'allowed';
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_cases_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_cases EXECUTE FUNCTION append_only();
CREATE TABLE audit_entries_default PARTITION OF audit_entries DEFAULT;
CREATE TABLE audit_cases_default PARTITION OF audit_cases DEFAULT;
-- A trigger of the parent does not fire for who names the partition.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries_default EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_cases_default EXECUTE FUNCTION append_only();

-- The least id of a moment.
CREATE FUNCTION audit_bound(moment timestamp) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT substr(hex, 1, 8) || '-' || substr(hex, 9) || '-0000-0000-000000000000'
  FROM (SELECT lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') AS hex) AS milliseconds
$$;

-- Makes the partitions of the month in which the moment lies (milliseconds since 1970, UTC) and of as many after it; how many it made.
-- Nothing where they are there, or where another node is at it. Where a month's rows lie in the default partition already, they move
-- into the month's own, as long as the default holds at most `most` entries; else that month stays there. All in one transaction.
-- Whoever waits for the tables holds up every append behind it: after two seconds it gives up, and is asked again later.
CREATE FUNCTION make_audit_partitions(moment bigint, after integer, most integer DEFAULT 100000) RETURNS integer
  LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '2s' AS $$
DECLARE
  month timestamp;
  bounds text[];
  name text;
  parent text;
  key text;
  lies_in_default boolean;
  made integer := 0;
BEGIN
  FOR ahead IN 0 .. after LOOP
    month := date_trunc('month', to_timestamp(moment / 1000.0) AT TIME ZONE 'UTC') + make_interval(months => ahead);
    name := to_char(month, '_YYYY_MM');
    CONTINUE WHEN to_regclass('audit_entries' || name) IS NOT NULL;
    -- Held until this transaction ends. Whoever else makes partitions makes the same.
    EXIT WHEN NOT pg_try_advisory_xact_lock(hashtext('make_audit_partitions'));
    CONTINUE WHEN to_regclass('audit_entries' || name) IS NOT NULL;
    bounds := ARRAY[audit_bound(month), audit_bound(month + interval '1 month')];
    -- In the order in which an append takes them, so that the two do not wait for each other.
    LOCK TABLE audit_entries, audit_cases IN ACCESS EXCLUSIVE MODE;
    lies_in_default := EXISTS (SELECT FROM audit_entries_default WHERE id >= bounds[1] AND id < bounds[2])
      OR EXISTS (SELECT FROM audit_cases_default WHERE entry_id >= bounds[1] AND entry_id < bounds[2]);
    CONTINUE WHEN lies_in_default AND (SELECT count(*) FROM (SELECT FROM audit_entries_default LIMIT most + 1) AS counted) > most;
    FOREACH parent IN ARRAY ARRAY['audit_entries', 'audit_cases'] LOOP
      key := CASE parent WHEN 'audit_entries' THEN 'id' ELSE 'entry_id' END;
      IF lies_in_default THEN
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, parent || '_default');
      END IF;
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', parent || name, parent, bounds[1], bounds[2]);
      EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION append_only()', parent || name);
      IF lies_in_default THEN
        -- Append-only tables let no row go: all of them are written anew, and the old table is dropped whole.
        EXECUTE format('ALTER TABLE %I RENAME TO %I', parent || '_default', parent || '_moved');
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_default', parent);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I EXECUTE FUNCTION append_only()', parent || '_default');
        EXECUTE format('INSERT INTO %I SELECT * FROM %I ORDER BY %I', parent, parent || '_moved', key);
        EXECUTE format('DROP TABLE %I', parent || '_moved');
      END IF;
    END LOOP;
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;

-- The months that hold entries already; ids of another form go to the default.
DO $$
DECLARE
  first bigint;
BEGIN
  FOR first IN
    SELECT DISTINCT (extract(epoch FROM date_trunc('month', to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC')) * 1000)::bigint
    FROM (
      SELECT ('x' || replace(substr(id, 1, 13), '-', ''))::bit(48)::bigint AS ms FROM audit_entries_whole
      WHERE id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-7' AND id < audit_bound('9999-12-01')
    ) AS entries
  LOOP
    PERFORM make_audit_partitions(first, 0);
  END LOOP;
END $$;
INSERT INTO audit_entries SELECT * FROM audit_entries_whole ORDER BY id;
INSERT INTO audit_cases SELECT * FROM audit_cases_whole ORDER BY entry_id;
DROP TABLE audit_entries_whole;
DROP TABLE audit_cases_whole;
