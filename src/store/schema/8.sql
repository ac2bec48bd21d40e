-- Days on which log files were delivered that a sync met and passed over, since they are of another window: the store does not have
-- them, or has them in another state. The next sync that looks at the day says it anew.
CREATE TABLE passed_over (
    part INTEGER NOT NULL REFERENCES parts,
    day INTEGER NOT NULL,
    PRIMARY KEY (part, day)
) WITHOUT ROWID;

-- Of the syncs before, only days are known of which nothing was read.
INSERT INTO passed_over
SELECT DISTINCT p.id, k.date FROM known_days AS k JOIN sources AS s ON s.id = k.source JOIN parts AS p ON p.source = s.id
WHERE s.kind = 'local'
    AND (k.source, k.account, k.region, k.date) NOT IN (SELECT source, account, region, date FROM days);
