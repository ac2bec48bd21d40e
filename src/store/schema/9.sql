-- Log files that were delivered on a later day than that of their oldest event, as their digests tell: an answer that takes only
-- what was verified takes them, however late, for a window that has events of theirs. `oldest` and `newest` are the seconds of
-- events, `listed` is the end of the digest.
CREATE TABLE listed_late (
    log_file INTEGER PRIMARY KEY REFERENCES log_files,
    oldest INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    listed INTEGER NOT NULL
);

CREATE TRIGGER log_file_listed_late_forgotten AFTER DELETE ON log_files BEGIN
    DELETE FROM listed_late WHERE log_file = old.id;
END;

-- Of the syncs before, only events that were kept are known.
INSERT INTO listed_late
SELECT f.id, min(a.time), max(a.time), f.delivered
FROM verdicts AS v CROSS JOIN log_files AS f ON f.id = v.log_file
CROSS JOIN assumptions AS a ON a.id >= f.first_row AND a.id < f.first_row + f.rows AND a.log_file = f.id
WHERE f.delivered IS NOT NULL
GROUP BY f.id HAVING min(a.time) < f.delivered - f.delivered % 86400;

ALTER TABLE told_files ADD COLUMN oldest INTEGER;
ALTER TABLE told_files ADD COLUMN newest INTEGER;
