DROP TABLE contact_approvals;
DROP TABLE contact_attempts;
