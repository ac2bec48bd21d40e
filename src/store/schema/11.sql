-- Log files that an extract is of, where calls are kept: how the extract calls the source of the log file, a number of `texts`. Such a
-- log file lies in the archive of that, and not in its source.
CREATE TABLE extracted (log_file INTEGER PRIMARY KEY REFERENCES log_files, source INTEGER NOT NULL);

CREATE TRIGGER log_file_extracted_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM extracted WHERE log_file = old.id;
END;
