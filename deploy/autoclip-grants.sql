-- What ClipSync may do in AutoClip's PostgreSQL database: write four of its tables, read a fifth,
-- and keep tables of its own (clipsync_*) beside them. It can't alter or drop AutoClip's tables.
--
-- Once, in AutoClip's database, as its owner:
--
--   CREATE ROLE clipsync LOGIN;          then, in psql: \password clipsync
--   \i deploy/autoclip-grants.sql
--
-- Every worker slot keeps two connections at most. 60 is ample for the two workers of
-- docker-compose.yaml, and stops a mistake from taking the connections AutoClip needs.
ALTER ROLE clipsync CONNECTION LIMIT 60;

GRANT USAGE, CREATE ON SCHEMA public TO clipsync;
GRANT SELECT, INSERT, UPDATE, DELETE ON projects, clips, collections, clip_collection TO clipsync;
GRANT SELECT ON tasks TO clipsync;
