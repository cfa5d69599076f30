CREATE ROLE his_web LOGIN PASSWORD 'inert-test-web';
CREATE ROLE his_backup LOGIN PASSWORD 'inert-test-backup';
GRANT pg_read_all_data TO his_backup;
