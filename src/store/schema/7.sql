-- Sources that hold extracts. What an extract tells of a log file may be told anew by another one, in a folder of any day.
CREATE TABLE extract_sources (source INTEGER PRIMARY KEY REFERENCES sources);
