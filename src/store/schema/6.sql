-- What digests said of log files when they were read: the word of the verdict and of its reason. Of those that were taken as they
-- are nothing is known.
CREATE TABLE verdicts (log_file INTEGER PRIMARY KEY REFERENCES log_files, verdict TEXT NOT NULL, reason TEXT NOT NULL);

CREATE TRIGGER log_file_verdict_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM verdicts WHERE log_file = old.id;
END;

-- What digests said besides, when a part of a source was verified last: files that are not as CloudTrail wrote them, are not
-- there, or are not covered yet; `first` and `last` are the seconds of the window that was asked about, without a bound where
-- there is none.
CREATE TABLE told_files (
    part INTEGER NOT NULL REFERENCES parts,
    kind TEXT NOT NULL,
    file TEXT NOT NULL,
    account TEXT,
    region TEXT,
    trail TEXT,
    time INTEGER,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    digest TEXT,
    first INTEGER,
    last INTEGER,
    PRIMARY KEY (part, kind, file)
) WITHOUT ROWID;

-- The ends of the hours of valid digests, in seconds: all from `first` to `last`, an hour apart.
CREATE TABLE told_hours (
    part INTEGER NOT NULL REFERENCES parts,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    trail TEXT NOT NULL,
    home_region TEXT NOT NULL,
    is_backfill INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (part, account, region, trail, home_region, is_backfill, first)
) WITHOUT ROWID;

-- Days on which nothing was delivered.
CREATE TABLE told_quiet (
    part INTEGER NOT NULL REFERENCES parts,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (part, account, region, first)
) WITHOUT ROWID;

-- What could not be listed or asked, a sentence each.
CREATE TABLE told_remarks (
    part INTEGER NOT NULL REFERENCES parts,
    text TEXT NOT NULL,
    first INTEGER,
    last INTEGER,
    PRIMARY KEY (part, text)
) WITHOUT ROWID;
