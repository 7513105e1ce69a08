SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE TYPE public.clipstatus AS ENUM (
    'PENDING',
    'PROCESSING',
    'COMPLETED',
    'FAILED'
);
CREATE TYPE public.collectionstatus AS ENUM (
    'CREATED',
    'PROCESSING',
    'COMPLETED',
    'ERROR',
    'DELETED'
);
CREATE TYPE public.projectstatus AS ENUM (
    'PENDING',
    'PROCESSING',
    'COMPLETED',
    'FAILED'
);
CREATE TYPE public.projecttype AS ENUM (
    'DEFAULT',
    'KNOWLEDGE',
    'BUSINESS',
    'OPINION',
    'EXPERIENCE',
    'SPEECH',
    'CONTENT_REVIEW',
    'ENTERTAINMENT'
);
CREATE TYPE public.taskstatus AS ENUM (
    'PENDING',
    'RUNNING',
    'COMPLETED',
    'FAILED',
    'CANCELLED'
);
CREATE TYPE public.tasktype AS ENUM (
    'VIDEO_PROCESSING',
    'CLIP_GENERATION',
    'COLLECTION_CREATION',
    'EXPORT',
    'CLEANUP'
);
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.clip_collection (
    clip_id character varying(36) NOT NULL,
    collection_id character varying(36) NOT NULL,
    order_index integer NOT NULL
);
CREATE TABLE public.clips (
    title character varying(255) NOT NULL,
    description text,
    status public.clipstatus NOT NULL,
    start_time integer NOT NULL,
    end_time integer NOT NULL,
    duration integer NOT NULL,
    score double precision,
    recommendation_reason text,
    video_path character varying(500),
    thumbnail_path character varying(500),
    processing_step integer,
    processing_result json,
    tags json,
    clip_metadata json,
    project_id character varying(36) NOT NULL,
    id character varying(36) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.clipsync_alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.clipsync_findings (
    project_id character varying(255) NOT NULL,
    code character varying(64) NOT NULL,
    subject character varying(255) NOT NULL,
    source character varying(32) NOT NULL,
    severity character varying(16) NOT NULL,
    message text NOT NULL,
    evidence json NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    first_run character varying(255) NOT NULL,
    worse_run character varying(255),
    last_seen timestamp with time zone NOT NULL,
    last_run character varying(255) NOT NULL,
    resolved_at timestamp with time zone,
    resolved_run character varying(255)
);
CREATE TABLE public.clipsync_journal (
    id bigint NOT NULL,
    run_id character varying(255) NOT NULL,
    project_id character varying(255) NOT NULL,
    seq integer NOT NULL,
    op character varying(16) NOT NULL,
    table_name character varying(32) NOT NULL,
    row_id character varying(255) NOT NULL,
    source_id text,
    before json NOT NULL,
    after json NOT NULL,
    why json NOT NULL,
    applied_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.clipsync_journal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.clipsync_journal_id_seq OWNED BY public.clipsync_journal.id;
CREATE TABLE public.clipsync_projects (
    project_id character varying(255) NOT NULL,
    name text NOT NULL,
    disk_state character varying(32),
    status character varying(32),
    clips integer,
    collections integer,
    changes json,
    content_hash character varying(64),
    fingerprint character varying(64),
    activity character varying(64),
    consistent boolean,
    last_run_id character varying(255),
    last_synced_at timestamp with time zone,
    last_audit_run_id character varying(255),
    last_audited_at timestamp with time zone,
    seen_collection_row_ids json
);
CREATE TABLE public.clipsync_quarantine (
    id bigint NOT NULL,
    project_id character varying(255) NOT NULL,
    kind character varying(16) NOT NULL,
    file text NOT NULL,
    "position" integer NOT NULL,
    source_id text,
    reason text NOT NULL,
    raw text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    released_at timestamp with time zone
);
CREATE SEQUENCE public.clipsync_quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.clipsync_quarantine_id_seq OWNED BY public.clipsync_quarantine.id;
CREATE TABLE public.clipsync_rows (
    project_id character varying(255) NOT NULL,
    kind character varying(16) NOT NULL,
    row_id character varying(255) NOT NULL,
    source_id text NOT NULL,
    file_values json NOT NULL,
    start_ms bigint,
    end_ms bigint,
    applied_at timestamp with time zone NOT NULL,
    kept_values json DEFAULT '{}'::json NOT NULL
);
CREATE TABLE public.clipsync_runs (
    run_id character varying(255) NOT NULL,
    command character varying(64) NOT NULL,
    trigger character varying(64) NOT NULL,
    started_by text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    outcome character varying(64),
    counts json
);
CREATE TABLE public.clipsync_tombstones (
    id bigint NOT NULL,
    project_id character varying(255) NOT NULL,
    kind character varying(16) NOT NULL,
    source_id text NOT NULL,
    row_id character varying(255),
    label text NOT NULL,
    reason character varying(32) NOT NULL,
    start_ms bigint,
    end_ms bigint,
    noticed_at timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    run_id character varying(255)
);
CREATE SEQUENCE public.clipsync_tombstones_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.clipsync_tombstones_id_seq OWNED BY public.clipsync_tombstones.id;
CREATE TABLE public.collections (
    name character varying(255) NOT NULL,
    description text,
    status public.collectionstatus NOT NULL,
    theme character varying(255),
    tags json,
    total_duration integer,
    clips_count integer,
    video_path character varying(500),
    thumbnail_path character varying(500),
    processing_result json,
    export_path character varying(500),
    collection_metadata json,
    project_id character varying(36) NOT NULL,
    id character varying(36) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.projects (
    name character varying(255) NOT NULL,
    description text,
    status public.projectstatus NOT NULL,
    project_type public.projecttype NOT NULL,
    video_path character varying(500),
    thumbnail text,
    subtitle_path character varying(500),
    video_duration integer,
    processing_config json,
    project_metadata json,
    completed_at timestamp without time zone,
    id character varying(36) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.tasks (
    name character varying(255) NOT NULL,
    description text,
    status public.taskstatus NOT NULL,
    task_type public.tasktype NOT NULL,
    progress double precision,
    current_step character varying(100),
    total_steps integer,
    priority integer,
    started_at timestamp without time zone,
    completed_at timestamp without time zone,
    error_message text,
    celery_task_id character varying(255),
    task_config json,
    result_data json,
    task_metadata json,
    project_id character varying(36) NOT NULL,
    id character varying(36) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.clipsync_journal ALTER COLUMN id SET DEFAULT nextval('public.clipsync_journal_id_seq'::regclass);
ALTER TABLE ONLY public.clipsync_quarantine ALTER COLUMN id SET DEFAULT nextval('public.clipsync_quarantine_id_seq'::regclass);
ALTER TABLE ONLY public.clipsync_tombstones ALTER COLUMN id SET DEFAULT nextval('public.clipsync_tombstones_id_seq'::regclass);
INSERT INTO public.clip_collection VALUES ('2a382593-0ad9-50cc-8ff6-a98b0fce7667', '6bc067a8-6442-5492-9d99-5ed1c16256d0', 0);
INSERT INTO public.clip_collection VALUES ('119658b1-084b-510e-8b55-fdd333824875', '6bc067a8-6442-5492-9d99-5ed1c16256d0', 1);
INSERT INTO public.clips VALUES ('第2段：标题', '推荐理由2', 'COMPLETED', 60, 120, 60, 0.9, NULL, '/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/2_第2段标题.mp4', NULL, NULL, NULL, '[]', '{"id": "2", "start_time": "00:01:00,000", "end_time": "00:02:00,000", "outline": "\u8bdd\u98982", "content": ["\u8981\u70b92\u4e4b\u4e00", "\u8981\u70b92\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75312", "generated_title": "\u7b2c2\u6bb5\uff1a\u6807\u9898"}', '00000000-0001-4000-8000-000000000000', 'bf3f7279-2b9b-5d30-a945-ad05364e7a86', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clips VALUES ('第3段：标题', '推荐理由3', 'COMPLETED', 120, 180, 60, 0.9, NULL, '/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/3_第3段标题.mp4', NULL, NULL, NULL, '[]', '{"id": "3", "start_time": "00:02:00,000", "end_time": "00:03:00,000", "outline": "\u8bdd\u98983", "content": ["\u8981\u70b93\u4e4b\u4e00", "\u8981\u70b93\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75313", "generated_title": "\u7b2c3\u6bb5\uff1a\u6807\u9898"}', '00000000-0001-4000-8000-000000000000', '2a382593-0ad9-50cc-8ff6-a98b0fce7667', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clips VALUES ('第1段：标题', '推荐理由1', 'COMPLETED', 0, 60, 60, 0.9, NULL, '/srv/autoclip/data/projects/00000000-0002-4000-8000-000000000000/output/clips/1_第1段标题.mp4', NULL, NULL, NULL, '[]', '{"id": "1", "start_time": "00:00:00,000", "end_time": "00:01:00,000", "outline": "\u8bdd\u98981", "content": ["\u8981\u70b91\u4e4b\u4e00", "\u8981\u70b91\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75311", "generated_title": "\u7b2c1\u6bb5\uff1a\u6807\u9898"}', '00000000-0002-4000-8000-000000000000', '967d73b3-5406-5e00-ba77-3d505df57a8f', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clips VALUES ('第1段：标题', '推荐理由1', 'COMPLETED', 0, 60, 60, 0.9, NULL, '/srv/autoclip/data/projects/00000000-0003-4000-8000-000000000000/output/clips/1_第1段标题.mp4', NULL, NULL, NULL, '[]', '{"id": "1", "start_time": "00:00:00,000", "end_time": "00:01:00,000", "outline": "\u8bdd\u98981", "content": ["\u8981\u70b91\u4e4b\u4e00", "\u8981\u70b91\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75311", "generated_title": "\u7b2c1\u6bb5\uff1a\u6807\u9898"}', '00000000-0003-4000-8000-000000000000', 'ff55963f-4dc6-5ca7-990e-18bad6cde1c7', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clips VALUES ('我改过的标题', '推荐理由1', 'COMPLETED', 0, 60, 60, 0.9, NULL, '/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/1_第1段标题.mp4', NULL, NULL, NULL, '[]', '{"id": "1", "start_time": "00:00:00,000", "end_time": "00:01:00,000", "outline": "\u8bdd\u98981", "content": ["\u8981\u70b91\u4e4b\u4e00", "\u8981\u70b91\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75311", "generated_title": "\u7b2c1\u6bb5\uff1a\u6807\u9898"}', '00000000-0001-4000-8000-000000000000', '119658b1-084b-510e-8b55-fdd333824875', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_alembic_version VALUES ('0002');
INSERT INTO public.clipsync_findings VALUES ('00000000-0004-4000-8000-000000000000', 'processing', '', 'plan', 'info', 'No final files yet: AutoClip is still processing the project, or died there.', '{}', '2026-11-25 03:53:55.844347+00', 'first', NULL, '2026-11-25 03:54:00.072098+00', 'third', NULL, NULL);
INSERT INTO public.clipsync_findings VALUES ('00000000-0002-4000-8000-000000000000', 'quarantined', 'projects/00000000-0002-4000-8000-000000000000/metadata/clips_metadata.json#1', 'plan', 'warning', 'projects/00000000-0002-4000-8000-000000000000/metadata/clips_metadata.json, record 2: no usable start_time: ''soon''. The other records were synced.', '{"kind":"clip","source_id":"2","reason":"no usable start_time: ''soon''"}', '2026-11-25 03:53:55.844347+00', 'first', NULL, '2026-11-25 03:54:00.072098+00', 'third', NULL, NULL);
INSERT INTO public.clipsync_findings VALUES ('00000000-0001-4000-8000-000000000000', 'tombstoned', 'collection:2', 'plan', 'info', 'Collection 2 “合集2” was deleted by a user and will not be brought back.', '{"source_id":"2"}', '2026-11-25 03:53:58.71277+00', 'second', NULL, '2026-11-25 03:53:58.71277+00', 'second', '2026-11-25 03:54:00.072098+00', 'third');
INSERT INTO public.clipsync_journal VALUES (1, 'first', '00000000-0001-4000-8000-000000000000', 0, 'insert', 'projects', '00000000-0001-4000-8000-000000000000', NULL, '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"00000000-0001-4000-8000-000000000000","name":"人生的意义：一次长谈","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"人生的意义：一次长谈"},"completed_at":"2026-11-25T03:53:55.844347+00:00"}', '{"":"the database did not have it"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (2, 'first', '00000000-0001-4000-8000-000000000000', 1, 'insert', 'clips', '119658b1-084b-510e-8b55-fdd333824875', '1', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"119658b1-084b-510e-8b55-fdd333824875","project_id":"00000000-0001-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (3, 'first', '00000000-0001-4000-8000-000000000000', 2, 'insert', 'clips', 'bf3f7279-2b9b-5d30-a945-ad05364e7a86', '2', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"bf3f7279-2b9b-5d30-a945-ad05364e7a86","project_id":"00000000-0001-4000-8000-000000000000","title":"第2段：标题","description":"推荐理由2","status":"COMPLETED","start_time":60,"end_time":120,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/2_第2段标题.mp4","tags":[],"clip_metadata":{"id":"2","start_time":"00:01:00,000","end_time":"00:02:00,000","outline":"话题2","content":["要点2之一","要点2之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由2","generated_title":"第2段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (4, 'first', '00000000-0001-4000-8000-000000000000', 3, 'insert', 'clips', '2a382593-0ad9-50cc-8ff6-a98b0fce7667', '3', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"2a382593-0ad9-50cc-8ff6-a98b0fce7667","project_id":"00000000-0001-4000-8000-000000000000","title":"第3段：标题","description":"推荐理由3","status":"COMPLETED","start_time":120,"end_time":180,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/3_第3段标题.mp4","tags":[],"clip_metadata":{"id":"3","start_time":"00:02:00,000","end_time":"00:03:00,000","outline":"话题3","content":["要点3之一","要点3之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由3","generated_title":"第3段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (5, 'first', '00000000-0001-4000-8000-000000000000', 4, 'insert', 'collections', '6bc067a8-6442-5492-9d99-5ed1c16256d0', '1', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"6bc067a8-6442-5492-9d99-5ed1c16256d0","project_id":"00000000-0001-4000-8000-000000000000","name":"合集1","description":"合集简介1","status":"COMPLETED","clips_count":2,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4","export_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4","collection_metadata":{"clip_ids":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"],"original_clip_ids":["3","1"],"collection_type":"ai_recommended","original_id":"1"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (6, 'first', '00000000-0001-4000-8000-000000000000', 5, 'insert', 'collections', 'b3f7a48a-0130-577b-afe3-8be0168a1ffc', '2', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"b3f7a48a-0130-577b-afe3-8be0168a1ffc","project_id":"00000000-0001-4000-8000-000000000000","name":"合集2","description":"合集简介2","status":"COMPLETED","clips_count":1,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/2_合集2.mp4","export_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/2_合集2.mp4","collection_metadata":{"clip_ids":["bf3f7279-2b9b-5d30-a945-ad05364e7a86"],"original_clip_ids":["2"],"collection_type":"ai_recommended","original_id":"2"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (7, 'first', '00000000-0001-4000-8000-000000000000', 6, 'relink', 'clip_collection', '6bc067a8-6442-5492-9d99-5ed1c16256d0', NULL, '{"clip_ids":[]}', '{"clip_ids":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"]}', '{"":"follows from the collection''s content"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (8, 'first', '00000000-0001-4000-8000-000000000000', 7, 'relink', 'clip_collection', 'b3f7a48a-0130-577b-afe3-8be0168a1ffc', NULL, '{"clip_ids":[]}', '{"clip_ids":["bf3f7279-2b9b-5d30-a945-ad05364e7a86"]}', '{"":"follows from the collection''s content"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (9, 'first', '00000000-0002-4000-8000-000000000000', 0, 'insert', 'projects', '00000000-0002-4000-8000-000000000000', NULL, '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"00000000-0002-4000-8000-000000000000","name":"项目_00000000","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"项目_00000000"},"completed_at":"2026-11-25T03:53:55.844347+00:00"}', '{"":"the database did not have it"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (10, 'first', '00000000-0002-4000-8000-000000000000', 1, 'insert', 'clips', '967d73b3-5406-5e00-ba77-3d505df57a8f', '1', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"967d73b3-5406-5e00-ba77-3d505df57a8f","project_id":"00000000-0002-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0002-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (11, 'first', '00000000-0003-4000-8000-000000000000', 0, 'insert', 'projects', '00000000-0003-4000-8000-000000000000', NULL, '{}', '{"created_at":"2025-06-01 12:00:00.000000","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"00000000-0003-4000-8000-000000000000","name":"旧项目","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"旧项目"},"completed_at":"2026-11-25T03:53:55.844347+00:00"}', '{"":"the database did not have it"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (12, 'first', '00000000-0003-4000-8000-000000000000', 1, 'insert', 'clips', 'ff55963f-4dc6-5ca7-990e-18bad6cde1c7', '1', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"ff55963f-4dc6-5ca7-990e-18bad6cde1c7","project_id":"00000000-0003-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0003-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (13, 'first', '00000000-0005-4000-8000-000000000000', 0, 'insert', 'projects', '00000000-0005-4000-8000-000000000000', NULL, '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"00000000-0005-4000-8000-000000000000","name":"项目_00000000","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"项目_00000000"},"completed_at":"2026-11-25T03:53:55.844347+00:00"}', '{"":"the database did not have it"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (14, 'first', '00000000-0005-4000-8000-000000000000', 1, 'insert', 'clips', '92a7d615-1d02-5eb6-9766-2d187d1f95a4', '1', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"92a7d615-1d02-5eb6-9766-2d187d1f95a4","project_id":"00000000-0005-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (15, 'first', '00000000-0005-4000-8000-000000000000', 2, 'insert', 'clips', '237c0861-8239-51fa-8092-05e8910e493d', '2', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"237c0861-8239-51fa-8092-05e8910e493d","project_id":"00000000-0005-4000-8000-000000000000","title":"第2段：标题","description":"推荐理由2","status":"COMPLETED","start_time":60,"end_time":120,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/2_第2段标题.mp4","tags":[],"clip_metadata":{"id":"2","start_time":"00:01:00,000","end_time":"00:02:00,000","outline":"话题2","content":["要点2之一","要点2之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由2","generated_title":"第2段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (16, 'first', '00000000-0005-4000-8000-000000000000', 3, 'insert', 'clips', 'a43c50be-1cd9-510d-aaae-45026a489d7f', '3', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"a43c50be-1cd9-510d-aaae-45026a489d7f","project_id":"00000000-0005-4000-8000-000000000000","title":"第3段：标题","description":"推荐理由3","status":"COMPLETED","start_time":120,"end_time":180,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/3_第3段标题.mp4","tags":[],"clip_metadata":{"id":"3","start_time":"00:02:00,000","end_time":"00:03:00,000","outline":"话题3","content":["要点3之一","要点3之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由3","generated_title":"第3段：标题"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (17, 'first', '00000000-0005-4000-8000-000000000000', 4, 'insert', 'collections', 'aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506', '1', '{}', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506","project_id":"00000000-0005-4000-8000-000000000000","name":"合集1","description":"合集简介1","status":"COMPLETED","clips_count":2,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","export_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","collection_metadata":{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"],"original_clip_ids":["1","2"],"collection_type":"ai_recommended","original_id":"1"}}', '{"":"new on disk"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (18, 'first', '00000000-0005-4000-8000-000000000000', 5, 'relink', 'clip_collection', 'aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506', NULL, '{"clip_ids":[]}', '{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"]}', '{"":"follows from the collection''s content"}', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.clipsync_journal VALUES (19, 'fourth', '00000000-0005-4000-8000-000000000000', 0, 'relink', 'clip_collection', 'aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506', NULL, '{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"]}', '{"clip_ids":[]}', '{"":"undone"}', '2026-11-25 03:54:01.752113+00');
INSERT INTO public.clipsync_journal VALUES (20, 'fourth', '00000000-0005-4000-8000-000000000000', 1, 'delete', 'collections', 'aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506', '1', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506","project_id":"00000000-0005-4000-8000-000000000000","name":"合集1","description":"合集简介1","status":"COMPLETED","clips_count":2,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","export_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","collection_metadata":{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"],"original_clip_ids":["1","2"],"collection_type":"ai_recommended","original_id":"1"}}', '{}', '{"":"undone"}', '2026-11-25 03:54:01.752113+00');
INSERT INTO public.clipsync_journal VALUES (21, 'fourth', '00000000-0005-4000-8000-000000000000', 2, 'delete', 'clips', 'a43c50be-1cd9-510d-aaae-45026a489d7f', '3', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"a43c50be-1cd9-510d-aaae-45026a489d7f","project_id":"00000000-0005-4000-8000-000000000000","title":"第3段：标题","description":"推荐理由3","status":"COMPLETED","start_time":120,"end_time":180,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/3_第3段标题.mp4","tags":[],"clip_metadata":{"id":"3","start_time":"00:02:00,000","end_time":"00:03:00,000","outline":"话题3","content":["要点3之一","要点3之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由3","generated_title":"第3段：标题"}}', '{}', '{"":"undone"}', '2026-11-25 03:54:01.752113+00');
INSERT INTO public.clipsync_journal VALUES (22, 'fourth', '00000000-0005-4000-8000-000000000000', 3, 'delete', 'clips', '237c0861-8239-51fa-8092-05e8910e493d', '2', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"237c0861-8239-51fa-8092-05e8910e493d","project_id":"00000000-0005-4000-8000-000000000000","title":"第2段：标题","description":"推荐理由2","status":"COMPLETED","start_time":60,"end_time":120,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/2_第2段标题.mp4","tags":[],"clip_metadata":{"id":"2","start_time":"00:01:00,000","end_time":"00:02:00,000","outline":"话题2","content":["要点2之一","要点2之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由2","generated_title":"第2段：标题"}}', '{}', '{"":"undone"}', '2026-11-25 03:54:01.752113+00');
INSERT INTO public.clipsync_journal VALUES (23, 'fourth', '00000000-0005-4000-8000-000000000000', 4, 'delete', 'clips', '92a7d615-1d02-5eb6-9766-2d187d1f95a4', '1', '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"92a7d615-1d02-5eb6-9766-2d187d1f95a4","project_id":"00000000-0005-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}', '{}', '{"":"undone"}', '2026-11-25 03:54:01.752113+00');
INSERT INTO public.clipsync_journal VALUES (24, 'fourth', '00000000-0005-4000-8000-000000000000', 5, 'delete', 'projects', '00000000-0005-4000-8000-000000000000', NULL, '{"created_at":"2026-11-25T03:53:55.844347+00:00","updated_at":"2026-11-25T03:53:55.844347+00:00","id":"00000000-0005-4000-8000-000000000000","name":"项目_00000000","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"项目_00000000"},"completed_at":"2026-11-25T03:53:55.844347+00:00"}', '{}', '{"":"undone"}', '2026-11-25 03:54:01.752113+00');
INSERT INTO public.clipsync_projects VALUES ('00000000-0001-4000-8000-000000000000', '人生的意义：一次长谈', 'completed', 'consistent', 3, 1, '{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}', 'c9f4eab075fe7b70a0be1a1ae82e47f2e5687462cee78826f898f3ce7fbcaf70', 'ea5bd4c9a10fc0218c4897d76e1e1bfffd325b97a3238f27484e0dc4ba905a4b', '2cc96649dd65b9f7c08e4bc071cd790b', true, 'second', '2026-11-25 03:53:58.71277+00', 'third', '2026-11-25 03:54:00.072098+00', '["6bc067a8-6442-5492-9d99-5ed1c16256d0","b3f7a48a-0130-577b-afe3-8be0168a1ffc"]');
INSERT INTO public.clipsync_projects VALUES ('00000000-0002-4000-8000-000000000000', '项目_00000000', 'completed', 'consistent', 1, 0, '{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}', '42b39c30eb6896bbcbf40e5815db686c826fc194ae3a946e0774017107584784', '2c1a111314045cb0096cd4179eb2c092c371eb19b4f88299f2346d371bead65f', '9c70259845a6414369fda4eef6607ce8', true, 'first', '2026-11-25 03:53:55.844347+00', 'third', '2026-11-25 03:54:00.072098+00', '[]');
INSERT INTO public.clipsync_projects VALUES ('00000000-0003-4000-8000-000000000000', '旧项目', 'completed', 'consistent', 1, 0, '{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}', '738803e07c464cf9b8dc77e4ec52163010057e7996089470e10e8549c98935a0', '838b62a959afeb6ecf57f852d0a487b64a3ec858aee6b2d8c665e30886b711ba', '9c70259845a6414369fda4eef6607ce8', true, 'first', '2026-11-25 03:53:55.844347+00', 'third', '2026-11-25 03:54:00.072098+00', '[]');
INSERT INTO public.clipsync_projects VALUES ('00000000-0004-4000-8000-000000000000', '项目_00000000', 'processing', 'processing', 0, 0, '{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}', '7baf2fdbfd49bb2265d9fefa131da8e4cfa596bf1592db3239a85b4476e4cc71', '63c8b6d394c9de825d76c32f323bb5e49b0484623797aa54ea2e0ab4d2e5ed91', 'cae66941d9efbd404e4d88758ea67670', true, NULL, NULL, 'third', '2026-11-25 03:54:00.072098+00', NULL);
INSERT INTO public.clipsync_projects VALUES ('00000000-0005-4000-8000-000000000000', '项目_00000000', 'completed', 'consistent', 3, 1, '{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}', 'a5f901498ca5072a122847de1a05a9040851655664ad8815644d34a00806f727', 'ee9d5137c99eda7c65cc06ff64448455a98615968fd8cd966171584bf7c978c8', '2cc96649dd65b9f7c08e4bc071cd790b', true, 'first', '2026-11-25 03:53:55.844347+00', 'third', '2026-11-25 03:54:00.072098+00', '["aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506"]');
INSERT INTO public.clipsync_quarantine VALUES (1, '00000000-0002-4000-8000-000000000000', 'clip', 'projects/00000000-0002-4000-8000-000000000000/metadata/clips_metadata.json', 1, '2', 'no usable start_time: ''soon''', '{"id": "2", "start_time": "soon", "end_time": "00:02:00,000", "outline": "话题2", "content": ["要点2之一", "要点2之二"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "推荐理由2", "generated_title": "第2段：标题"}', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:58.71277+00', NULL);
INSERT INTO public.clipsync_rows VALUES ('00000000-0001-4000-8000-000000000000', 'clip', '2a382593-0ad9-50cc-8ff6-a98b0fce7667', '3', '{"title":"第3段：标题","description":"推荐理由3"}', 120000, 180000, '2026-11-25 03:53:55.844347+00', '{"title":"第3段：标题","description":"推荐理由3"}');
INSERT INTO public.clipsync_rows VALUES ('00000000-0001-4000-8000-000000000000', 'clip', 'bf3f7279-2b9b-5d30-a945-ad05364e7a86', '2', '{"title":"第2段：标题","description":"推荐理由2"}', 60000, 120000, '2026-11-25 03:53:55.844347+00', '{"title":"第2段：标题","description":"推荐理由2"}');
INSERT INTO public.clipsync_rows VALUES ('00000000-0001-4000-8000-000000000000', 'collection', '6bc067a8-6442-5492-9d99-5ed1c16256d0', '1', '{"name":"合集1","description":"合集简介1","content":["3","1"],"content_rows":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"]}', NULL, NULL, '2026-11-25 03:53:55.844347+00', '{"name":"合集1","description":"合集简介1","content":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"]}');
INSERT INTO public.clipsync_rows VALUES ('00000000-0002-4000-8000-000000000000', 'clip', '967d73b3-5406-5e00-ba77-3d505df57a8f', '1', '{"title":"第1段：标题","description":"推荐理由1"}', 0, 60000, '2026-11-25 03:53:55.844347+00', '{"title":"第1段：标题","description":"推荐理由1"}');
INSERT INTO public.clipsync_rows VALUES ('00000000-0003-4000-8000-000000000000', 'clip', 'ff55963f-4dc6-5ca7-990e-18bad6cde1c7', '1', '{"title":"第1段：标题","description":"推荐理由1"}', 0, 60000, '2026-11-25 03:53:55.844347+00', '{"title":"第1段：标题","description":"推荐理由1"}');
INSERT INTO public.clipsync_rows VALUES ('00000000-0001-4000-8000-000000000000', 'clip', '119658b1-084b-510e-8b55-fdd333824875', '1', '{"title":"第1段：标题","description":"推荐理由1"}', 0, 60000, '2026-11-25 03:53:58.71277+00', '{"title":"我改过的标题","description":"推荐理由1"}');
INSERT INTO public.clipsync_runs VALUES ('first', 'sync', 'command line', 'someone', '2026-11-25 03:53:55.828093+00', '2026-11-25 03:53:58.186648+00', 'success', '{"success":true,"total_projects":5,"total_synced":5,"total_failed":0,"clips_synced":8,"collections_synced":3,"quarantined":1,"changes":{"insert":15,"update":0,"delete":0,"relink":3,"adopt":0},"findings":{"error":0,"warning":1,"info":1}}');
INSERT INTO public.clipsync_runs VALUES ('second', 'sync', 'command line', 'someone', '2026-11-25 03:53:58.704491+00', '2026-11-25 03:53:59.741126+00', 'success', '{"success":true,"total_projects":5,"total_synced":5,"total_failed":0,"clips_synced":8,"collections_synced":2,"quarantined":1,"changes":{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0},"findings":{"error":0,"warning":1,"info":2}}');
INSERT INTO public.clipsync_runs VALUES ('third', 'audit', 'command line', 'someone', '2026-11-25 03:54:00.037287+00', NULL, NULL, NULL);
INSERT INTO public.clipsync_runs VALUES ('fourth', 'undo', 'command line', 'someone', '2026-11-25 03:54:01.472569+00', '2026-11-25 03:54:03.315466+00', 'success', '{"undone_run":"first","restored":6,"left":0}');
INSERT INTO public.clipsync_tombstones VALUES (1, '00000000-0001-4000-8000-000000000000', 'collection', '2', 'b3f7a48a-0130-577b-afe3-8be0168a1ffc', '合集2', 'deleted', NULL, NULL, '2026-11-25 03:53:58.71277+00', NULL, 'second');
INSERT INTO public.collections VALUES ('合集1', '合集简介1', 'COMPLETED', NULL, NULL, NULL, 2, '/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4', NULL, NULL, '/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4', '{"clip_ids": ["2a382593-0ad9-50cc-8ff6-a98b0fce7667", "119658b1-084b-510e-8b55-fdd333824875"], "original_clip_ids": ["3", "1"], "collection_type": "ai_recommended", "original_id": "1"}', '00000000-0001-4000-8000-000000000000', '6bc067a8-6442-5492-9d99-5ed1c16256d0', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.projects VALUES ('人生的意义：一次长谈', '', 'COMPLETED', 'DEFAULT', NULL, NULL, NULL, NULL, '{}', '{"project_name": "\u4eba\u751f\u7684\u610f\u4e49\uff1a\u4e00\u6b21\u957f\u8c08"}', '2026-11-25 03:53:55.844347', '00000000-0001-4000-8000-000000000000', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.projects VALUES ('项目_00000000', '', 'COMPLETED', 'DEFAULT', NULL, NULL, NULL, NULL, '{}', '{"project_name": "\u9879\u76ee_00000000"}', '2026-11-25 03:53:55.844347', '00000000-0002-4000-8000-000000000000', '2026-11-25 03:53:55.844347+00', '2026-11-25 03:53:55.844347+00');
INSERT INTO public.projects VALUES ('旧项目', '', 'COMPLETED', 'DEFAULT', NULL, NULL, NULL, NULL, '{}', '{"project_name": "\u65e7\u9879\u76ee"}', '2026-11-25 03:53:55.844347', '00000000-0003-4000-8000-000000000000', '2025-06-01 12:00:00+00', '2026-11-25 03:53:55.844347+00');
SELECT pg_catalog.setval('public.clipsync_journal_id_seq', 24, true);
SELECT pg_catalog.setval('public.clipsync_quarantine_id_seq', 1, true);
SELECT pg_catalog.setval('public.clipsync_tombstones_id_seq', 1, true);
ALTER TABLE ONLY public.clip_collection
    ADD CONSTRAINT clip_collection_pkey PRIMARY KEY (clip_id, collection_id);
ALTER TABLE ONLY public.clips
    ADD CONSTRAINT clips_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.clipsync_alembic_version
    ADD CONSTRAINT clipsync_alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.clipsync_findings
    ADD CONSTRAINT clipsync_findings_pkey PRIMARY KEY (project_id, code, subject);
ALTER TABLE ONLY public.clipsync_journal
    ADD CONSTRAINT clipsync_journal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.clipsync_projects
    ADD CONSTRAINT clipsync_projects_pkey PRIMARY KEY (project_id);
ALTER TABLE ONLY public.clipsync_quarantine
    ADD CONSTRAINT clipsync_quarantine_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.clipsync_rows
    ADD CONSTRAINT clipsync_rows_pkey PRIMARY KEY (project_id, kind, row_id);
ALTER TABLE ONLY public.clipsync_runs
    ADD CONSTRAINT clipsync_runs_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY public.clipsync_tombstones
    ADD CONSTRAINT clipsync_tombstones_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.collections
    ADD CONSTRAINT collections_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);
CREATE INDEX ix_clips_id ON public.clips USING btree (id);
CREATE INDEX ix_clipsync_findings_last_run ON public.clipsync_findings USING btree (last_run);
CREATE INDEX ix_clipsync_journal_project_id ON public.clipsync_journal USING btree (project_id);
CREATE INDEX ix_clipsync_journal_run_id ON public.clipsync_journal USING btree (run_id);
CREATE INDEX ix_clipsync_projects_last_audit_run_id ON public.clipsync_projects USING btree (last_audit_run_id);
CREATE INDEX ix_clipsync_quarantine_project_id ON public.clipsync_quarantine USING btree (project_id);
CREATE INDEX ix_clipsync_runs_started_at ON public.clipsync_runs USING btree (started_at);
CREATE INDEX ix_clipsync_tombstones_project_id ON public.clipsync_tombstones USING btree (project_id);
CREATE INDEX ix_collections_id ON public.collections USING btree (id);
CREATE INDEX ix_projects_id ON public.projects USING btree (id);
CREATE INDEX ix_tasks_id ON public.tasks USING btree (id);
ALTER TABLE ONLY public.clip_collection
    ADD CONSTRAINT clip_collection_clip_id_fkey FOREIGN KEY (clip_id) REFERENCES public.clips(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.clip_collection
    ADD CONSTRAINT clip_collection_collection_id_fkey FOREIGN KEY (collection_id) REFERENCES public.collections(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.clips
    ADD CONSTRAINT clips_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.collections
    ADD CONSTRAINT collections_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id);
