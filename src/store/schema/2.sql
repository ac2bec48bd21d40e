-- `alikes` tells whether events of all other issuers were kept too that have a subject of Terraform's form. Where every
-- issuer is kept, they are. Nothing that was read before has them.
PRAGMA defer_foreign_keys = ON;
CREATE TEMP TABLE before AS SELECT id, every, hosts FROM scopes;
DROP TABLE scopes;
CREATE TABLE scopes (
    id INTEGER PRIMARY KEY,
    every INTEGER NOT NULL,
    hosts TEXT NOT NULL,
    alikes INTEGER NOT NULL,
    UNIQUE (every, hosts, alikes)
);
INSERT INTO scopes SELECT id, every, hosts, every FROM before;
DROP TABLE before;

-- `copy` of an event that is kept for its subject alone: 4 is the only row of that event, 5 has others. Of those, 0 to 3
-- take no notice, nor do `kept` and `pruned` of its log file, where it is among `other`; `rows` has it.
