SET ROLE his_web;
CREATE TABLE patient (id serial PRIMARY KEY, name text, id_card text, phone text, dept text, visited date, diagnosis text);
CREATE TABLE appointment (id serial PRIMARY KEY, id_card text, dept text, day date, made_at timestamptz DEFAULT now());
CREATE TABLE admin_login_log (id serial PRIMARY KEY, account text, ip inet, ok boolean, at timestamptz DEFAULT now());
CREATE TABLE media (id serial PRIMARY KEY, filename text, bytes int, account text, ip inet, at timestamptz DEFAULT now());
RESET ROLE;
COPY patient (name, id_card, phone, dept, visited, diagnosis) FROM '/tmp/patients.csv' CSV;
ANALYZE;
