-- What digests said of log files when they were read: the word of the verdict and of its reason. Of those that were taken as they
-- are nothing is known.
CREATE TABLE verdicts (log_file INTEGER PRIMARY KEY REFERENCES log_files, verdict TEXT NOT NULL, reason TEXT NOT NULL);

CREATE TRIGGER log_file_verdict_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM verdicts WHERE log_file = old.id;
END;
