DROP INDEX assignments_live_by_provider;
DROP TABLE provider_licences;
DROP TABLE provider_services;
