-- How many records of a log file only a reader of calls cannot read, and the first of them, a line each. In the counts of the log
-- file they are among the others.
CREATE TABLE unread_calls (log_file INTEGER PRIMARY KEY REFERENCES log_files, records INTEGER NOT NULL, notes TEXT NOT NULL);

CREATE TRIGGER log_file_unread_calls_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM unread_calls WHERE log_file = old.id;
END;
