-- The SHA-256 of a log file as it is stored, where the extract that is of it tells: by that it is known when it is read again.
ALTER TABLE extracted ADD COLUMN sha256 BLOB;
