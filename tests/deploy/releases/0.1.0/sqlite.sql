BEGIN TRANSACTION;
CREATE TABLE clip_collection (
	clip_id VARCHAR(36) NOT NULL, 
	collection_id VARCHAR(36) NOT NULL, 
	order_index INTEGER NOT NULL, 
	PRIMARY KEY (clip_id, collection_id), 
	FOREIGN KEY(clip_id) REFERENCES clips (id) ON DELETE CASCADE, 
	FOREIGN KEY(collection_id) REFERENCES collections (id) ON DELETE CASCADE
);
INSERT INTO "clip_collection" VALUES('2a382593-0ad9-50cc-8ff6-a98b0fce7667','6bc067a8-6442-5492-9d99-5ed1c16256d0',0);
INSERT INTO "clip_collection" VALUES('119658b1-084b-510e-8b55-fdd333824875','6bc067a8-6442-5492-9d99-5ed1c16256d0',1);
CREATE TABLE clips (
	title VARCHAR(255) NOT NULL, 
	description TEXT, 
	status VARCHAR(10) NOT NULL, 
	start_time INTEGER NOT NULL, 
	end_time INTEGER NOT NULL, 
	duration INTEGER NOT NULL, 
	score FLOAT, 
	recommendation_reason TEXT, 
	video_path VARCHAR(500), 
	thumbnail_path VARCHAR(500), 
	processing_step INTEGER, 
	processing_result JSON, 
	tags JSON, 
	clip_metadata JSON, 
	project_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
INSERT INTO "clips" VALUES('我改过的标题','推荐理由1','COMPLETED',0,60,60,0.9,NULL,'/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/1_第1段标题.mp4',NULL,NULL,NULL,'[]','{"id": "1", "start_time": "00:00:00,000", "end_time": "00:01:00,000", "outline": "\u8bdd\u98981", "content": ["\u8981\u70b91\u4e4b\u4e00", "\u8981\u70b91\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75311", "generated_title": "\u7b2c1\u6bb5\uff1a\u6807\u9898"}','00000000-0001-4000-8000-000000000000','119658b1-084b-510e-8b55-fdd333824875','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
INSERT INTO "clips" VALUES('第2段：标题','推荐理由2','COMPLETED',60,120,60,0.9,NULL,'/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/2_第2段标题.mp4',NULL,NULL,NULL,'[]','{"id": "2", "start_time": "00:01:00,000", "end_time": "00:02:00,000", "outline": "\u8bdd\u98982", "content": ["\u8981\u70b92\u4e4b\u4e00", "\u8981\u70b92\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75312", "generated_title": "\u7b2c2\u6bb5\uff1a\u6807\u9898"}','00000000-0001-4000-8000-000000000000','bf3f7279-2b9b-5d30-a945-ad05364e7a86','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
INSERT INTO "clips" VALUES('第3段：标题','推荐理由3','COMPLETED',120,180,60,0.9,NULL,'/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/3_第3段标题.mp4',NULL,NULL,NULL,'[]','{"id": "3", "start_time": "00:02:00,000", "end_time": "00:03:00,000", "outline": "\u8bdd\u98983", "content": ["\u8981\u70b93\u4e4b\u4e00", "\u8981\u70b93\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75313", "generated_title": "\u7b2c3\u6bb5\uff1a\u6807\u9898"}','00000000-0001-4000-8000-000000000000','2a382593-0ad9-50cc-8ff6-a98b0fce7667','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
INSERT INTO "clips" VALUES('第1段：标题','推荐理由1','COMPLETED',0,60,60,0.9,NULL,'/srv/autoclip/data/projects/00000000-0002-4000-8000-000000000000/output/clips/1_第1段标题.mp4',NULL,NULL,NULL,'[]','{"id": "1", "start_time": "00:00:00,000", "end_time": "00:01:00,000", "outline": "\u8bdd\u98981", "content": ["\u8981\u70b91\u4e4b\u4e00", "\u8981\u70b91\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75311", "generated_title": "\u7b2c1\u6bb5\uff1a\u6807\u9898"}','00000000-0002-4000-8000-000000000000','967d73b3-5406-5e00-ba77-3d505df57a8f','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
INSERT INTO "clips" VALUES('第1段：标题','推荐理由1','COMPLETED',0,60,60,0.9,NULL,'/srv/autoclip/data/projects/00000000-0003-4000-8000-000000000000/output/clips/1_第1段标题.mp4',NULL,NULL,NULL,'[]','{"id": "1", "start_time": "00:00:00,000", "end_time": "00:01:00,000", "outline": "\u8bdd\u98981", "content": ["\u8981\u70b91\u4e4b\u4e00", "\u8981\u70b91\u4e4b\u4e8c"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "\u63a8\u8350\u7406\u75311", "generated_title": "\u7b2c1\u6bb5\uff1a\u6807\u9898"}','00000000-0003-4000-8000-000000000000','ff55963f-4dc6-5ca7-990e-18bad6cde1c7','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
CREATE TABLE clipsync_alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT clipsync_alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "clipsync_alembic_version" VALUES('0002');
CREATE TABLE clipsync_findings (
	project_id VARCHAR(255) NOT NULL, 
	code VARCHAR(64) NOT NULL, 
	subject VARCHAR(255) NOT NULL, 
	source VARCHAR(32) NOT NULL, 
	severity VARCHAR(16) NOT NULL, 
	message TEXT NOT NULL, 
	evidence JSON NOT NULL, 
	first_seen DATETIME NOT NULL, 
	first_run VARCHAR(255) NOT NULL, 
	worse_run VARCHAR(255), 
	last_seen DATETIME NOT NULL, 
	last_run VARCHAR(255) NOT NULL, 
	resolved_at DATETIME, 
	resolved_run VARCHAR(255), 
	PRIMARY KEY (project_id, code, subject)
);
INSERT INTO "clipsync_findings" VALUES('00000000-0004-4000-8000-000000000000','processing','','plan','info','No final files yet: AutoClip is still processing the project, or died there.','{}','2026-11-25 03:53:18.695553','first',NULL,'2026-11-25 03:53:18.929172','third',NULL,NULL);
INSERT INTO "clipsync_findings" VALUES('00000000-0002-4000-8000-000000000000','quarantined','projects/00000000-0002-4000-8000-000000000000/metadata/clips_metadata.json#1','plan','warning','projects/00000000-0002-4000-8000-000000000000/metadata/clips_metadata.json, record 2: no usable start_time: ''soon''. The other records were synced.','{"kind":"clip","source_id":"2","reason":"no usable start_time: ''soon''"}','2026-11-25 03:53:18.695553','first',NULL,'2026-11-25 03:53:18.929172','third',NULL,NULL);
INSERT INTO "clipsync_findings" VALUES('00000000-0001-4000-8000-000000000000','orphan_link','b3f7a48a-0130-577b-afe3-8be0168a1ffc','plan','info','Removed 1 links of collection b3f7a48a-0130-577b-afe3-8be0168a1ffc that led nowhere.','{"clip_ids":["bf3f7279-2b9b-5d30-a945-ad05364e7a86"]}','2026-11-25 03:53:18.848152','second',NULL,'2026-11-25 03:53:18.848152','second','2026-11-25 03:53:18.929172','third');
INSERT INTO "clipsync_findings" VALUES('00000000-0001-4000-8000-000000000000','tombstoned','collection:2','plan','info','Collection 2 “合集2” was deleted by a user and will not be brought back.','{"source_id":"2"}','2026-11-25 03:53:18.848152','second',NULL,'2026-11-25 03:53:18.848152','second','2026-11-25 03:53:18.929172','third');
CREATE TABLE clipsync_journal (
	id INTEGER NOT NULL, 
	run_id VARCHAR(255) NOT NULL, 
	project_id VARCHAR(255) NOT NULL, 
	seq INTEGER NOT NULL, 
	op VARCHAR(16) NOT NULL, 
	table_name VARCHAR(32) NOT NULL, 
	row_id VARCHAR(255) NOT NULL, 
	source_id TEXT, 
	"before" JSON NOT NULL, 
	"after" JSON NOT NULL, 
	why JSON NOT NULL, 
	applied_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "clipsync_journal" VALUES(1,'first','00000000-0001-4000-8000-000000000000',0,'insert','projects','00000000-0001-4000-8000-000000000000',NULL,'{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"00000000-0001-4000-8000-000000000000","name":"人生的意义：一次长谈","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"人生的意义：一次长谈"},"completed_at":"2026-11-25 03:53:18.695553"}','{"":"the database did not have it"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(2,'first','00000000-0001-4000-8000-000000000000',1,'insert','clips','119658b1-084b-510e-8b55-fdd333824875','1','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"119658b1-084b-510e-8b55-fdd333824875","project_id":"00000000-0001-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(3,'first','00000000-0001-4000-8000-000000000000',2,'insert','clips','bf3f7279-2b9b-5d30-a945-ad05364e7a86','2','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"bf3f7279-2b9b-5d30-a945-ad05364e7a86","project_id":"00000000-0001-4000-8000-000000000000","title":"第2段：标题","description":"推荐理由2","status":"COMPLETED","start_time":60,"end_time":120,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/2_第2段标题.mp4","tags":[],"clip_metadata":{"id":"2","start_time":"00:01:00,000","end_time":"00:02:00,000","outline":"话题2","content":["要点2之一","要点2之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由2","generated_title":"第2段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(4,'first','00000000-0001-4000-8000-000000000000',3,'insert','clips','2a382593-0ad9-50cc-8ff6-a98b0fce7667','3','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"2a382593-0ad9-50cc-8ff6-a98b0fce7667","project_id":"00000000-0001-4000-8000-000000000000","title":"第3段：标题","description":"推荐理由3","status":"COMPLETED","start_time":120,"end_time":180,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/clips/3_第3段标题.mp4","tags":[],"clip_metadata":{"id":"3","start_time":"00:02:00,000","end_time":"00:03:00,000","outline":"话题3","content":["要点3之一","要点3之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由3","generated_title":"第3段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(5,'first','00000000-0001-4000-8000-000000000000',4,'insert','collections','6bc067a8-6442-5492-9d99-5ed1c16256d0','1','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"6bc067a8-6442-5492-9d99-5ed1c16256d0","project_id":"00000000-0001-4000-8000-000000000000","name":"合集1","description":"合集简介1","status":"COMPLETED","clips_count":2,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4","export_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4","collection_metadata":{"clip_ids":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"],"original_clip_ids":["3","1"],"collection_type":"ai_recommended","original_id":"1"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(6,'first','00000000-0001-4000-8000-000000000000',5,'insert','collections','b3f7a48a-0130-577b-afe3-8be0168a1ffc','2','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"b3f7a48a-0130-577b-afe3-8be0168a1ffc","project_id":"00000000-0001-4000-8000-000000000000","name":"合集2","description":"合集简介2","status":"COMPLETED","clips_count":1,"video_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/2_合集2.mp4","export_path":"/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/2_合集2.mp4","collection_metadata":{"clip_ids":["bf3f7279-2b9b-5d30-a945-ad05364e7a86"],"original_clip_ids":["2"],"collection_type":"ai_recommended","original_id":"2"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(7,'first','00000000-0001-4000-8000-000000000000',6,'relink','clip_collection','6bc067a8-6442-5492-9d99-5ed1c16256d0',NULL,'{"clip_ids":[]}','{"clip_ids":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"]}','{"":"follows from the collection''s content"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(8,'first','00000000-0001-4000-8000-000000000000',7,'relink','clip_collection','b3f7a48a-0130-577b-afe3-8be0168a1ffc',NULL,'{"clip_ids":[]}','{"clip_ids":["bf3f7279-2b9b-5d30-a945-ad05364e7a86"]}','{"":"follows from the collection''s content"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(9,'first','00000000-0002-4000-8000-000000000000',0,'insert','projects','00000000-0002-4000-8000-000000000000',NULL,'{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"00000000-0002-4000-8000-000000000000","name":"项目_00000000","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"项目_00000000"},"completed_at":"2026-11-25 03:53:18.695553"}','{"":"the database did not have it"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(10,'first','00000000-0002-4000-8000-000000000000',1,'insert','clips','967d73b3-5406-5e00-ba77-3d505df57a8f','1','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"967d73b3-5406-5e00-ba77-3d505df57a8f","project_id":"00000000-0002-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0002-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(11,'first','00000000-0003-4000-8000-000000000000',0,'insert','projects','00000000-0003-4000-8000-000000000000',NULL,'{}','{"created_at":"2025-06-01 12:00:00.000000","updated_at":"2026-11-25 03:53:18.695553","id":"00000000-0003-4000-8000-000000000000","name":"旧项目","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"旧项目"},"completed_at":"2026-11-25 03:53:18.695553"}','{"":"the database did not have it"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(12,'first','00000000-0003-4000-8000-000000000000',1,'insert','clips','ff55963f-4dc6-5ca7-990e-18bad6cde1c7','1','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"ff55963f-4dc6-5ca7-990e-18bad6cde1c7","project_id":"00000000-0003-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0003-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(13,'first','00000000-0005-4000-8000-000000000000',0,'insert','projects','00000000-0005-4000-8000-000000000000',NULL,'{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"00000000-0005-4000-8000-000000000000","name":"项目_00000000","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"项目_00000000"},"completed_at":"2026-11-25 03:53:18.695553"}','{"":"the database did not have it"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(14,'first','00000000-0005-4000-8000-000000000000',1,'insert','clips','92a7d615-1d02-5eb6-9766-2d187d1f95a4','1','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"92a7d615-1d02-5eb6-9766-2d187d1f95a4","project_id":"00000000-0005-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(15,'first','00000000-0005-4000-8000-000000000000',2,'insert','clips','237c0861-8239-51fa-8092-05e8910e493d','2','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"237c0861-8239-51fa-8092-05e8910e493d","project_id":"00000000-0005-4000-8000-000000000000","title":"第2段：标题","description":"推荐理由2","status":"COMPLETED","start_time":60,"end_time":120,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/2_第2段标题.mp4","tags":[],"clip_metadata":{"id":"2","start_time":"00:01:00,000","end_time":"00:02:00,000","outline":"话题2","content":["要点2之一","要点2之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由2","generated_title":"第2段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(16,'first','00000000-0005-4000-8000-000000000000',3,'insert','clips','a43c50be-1cd9-510d-aaae-45026a489d7f','3','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"a43c50be-1cd9-510d-aaae-45026a489d7f","project_id":"00000000-0005-4000-8000-000000000000","title":"第3段：标题","description":"推荐理由3","status":"COMPLETED","start_time":120,"end_time":180,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/3_第3段标题.mp4","tags":[],"clip_metadata":{"id":"3","start_time":"00:02:00,000","end_time":"00:03:00,000","outline":"话题3","content":["要点3之一","要点3之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由3","generated_title":"第3段：标题"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(17,'first','00000000-0005-4000-8000-000000000000',4,'insert','collections','aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506','1','{}','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506","project_id":"00000000-0005-4000-8000-000000000000","name":"合集1","description":"合集简介1","status":"COMPLETED","clips_count":2,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","export_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","collection_metadata":{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"],"original_clip_ids":["1","2"],"collection_type":"ai_recommended","original_id":"1"}}','{"":"new on disk"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(18,'first','00000000-0005-4000-8000-000000000000',5,'relink','clip_collection','aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506',NULL,'{"clip_ids":[]}','{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"]}','{"":"follows from the collection''s content"}','2026-11-25 03:53:18.695553');
INSERT INTO "clipsync_journal" VALUES(19,'second','00000000-0001-4000-8000-000000000000',0,'relink','clip_collection','b3f7a48a-0130-577b-afe3-8be0168a1ffc',NULL,'{"clip_ids":["bf3f7279-2b9b-5d30-a945-ad05364e7a86"],"order_index":[0]}','{"clip_ids":[]}','{"":"the collection is gone"}','2026-11-25 03:53:18.848152');
INSERT INTO "clipsync_journal" VALUES(20,'fourth','00000000-0005-4000-8000-000000000000',0,'relink','clip_collection','aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506',NULL,'{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"]}','{"clip_ids":[]}','{"":"undone"}','2026-11-25 03:53:19.135127');
INSERT INTO "clipsync_journal" VALUES(21,'fourth','00000000-0005-4000-8000-000000000000',1,'delete','collections','aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506','1','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506","project_id":"00000000-0005-4000-8000-000000000000","name":"合集1","description":"合集简介1","status":"COMPLETED","clips_count":2,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","export_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/collections/1_合集1.mp4","collection_metadata":{"clip_ids":["92a7d615-1d02-5eb6-9766-2d187d1f95a4","237c0861-8239-51fa-8092-05e8910e493d"],"original_clip_ids":["1","2"],"collection_type":"ai_recommended","original_id":"1"}}','{}','{"":"undone"}','2026-11-25 03:53:19.135127');
INSERT INTO "clipsync_journal" VALUES(22,'fourth','00000000-0005-4000-8000-000000000000',2,'delete','clips','a43c50be-1cd9-510d-aaae-45026a489d7f','3','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"a43c50be-1cd9-510d-aaae-45026a489d7f","project_id":"00000000-0005-4000-8000-000000000000","title":"第3段：标题","description":"推荐理由3","status":"COMPLETED","start_time":120,"end_time":180,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/3_第3段标题.mp4","tags":[],"clip_metadata":{"id":"3","start_time":"00:02:00,000","end_time":"00:03:00,000","outline":"话题3","content":["要点3之一","要点3之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由3","generated_title":"第3段：标题"}}','{}','{"":"undone"}','2026-11-25 03:53:19.135127');
INSERT INTO "clipsync_journal" VALUES(23,'fourth','00000000-0005-4000-8000-000000000000',3,'delete','clips','237c0861-8239-51fa-8092-05e8910e493d','2','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"237c0861-8239-51fa-8092-05e8910e493d","project_id":"00000000-0005-4000-8000-000000000000","title":"第2段：标题","description":"推荐理由2","status":"COMPLETED","start_time":60,"end_time":120,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/2_第2段标题.mp4","tags":[],"clip_metadata":{"id":"2","start_time":"00:01:00,000","end_time":"00:02:00,000","outline":"话题2","content":["要点2之一","要点2之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由2","generated_title":"第2段：标题"}}','{}','{"":"undone"}','2026-11-25 03:53:19.135127');
INSERT INTO "clipsync_journal" VALUES(24,'fourth','00000000-0005-4000-8000-000000000000',4,'delete','clips','92a7d615-1d02-5eb6-9766-2d187d1f95a4','1','{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"92a7d615-1d02-5eb6-9766-2d187d1f95a4","project_id":"00000000-0005-4000-8000-000000000000","title":"第1段：标题","description":"推荐理由1","status":"COMPLETED","start_time":0,"end_time":60,"duration":60,"score":0.9,"video_path":"/srv/autoclip/data/projects/00000000-0005-4000-8000-000000000000/output/clips/1_第1段标题.mp4","tags":[],"clip_metadata":{"id":"1","start_time":"00:00:00,000","end_time":"00:01:00,000","outline":"话题1","content":["要点1之一","要点1之二"],"chunk_index":0,"final_score":0.9,"recommend_reason":"推荐理由1","generated_title":"第1段：标题"}}','{}','{"":"undone"}','2026-11-25 03:53:19.135127');
INSERT INTO "clipsync_journal" VALUES(25,'fourth','00000000-0005-4000-8000-000000000000',5,'delete','projects','00000000-0005-4000-8000-000000000000',NULL,'{"created_at":"2026-11-25 03:53:18.695553","updated_at":"2026-11-25 03:53:18.695553","id":"00000000-0005-4000-8000-000000000000","name":"项目_00000000","description":"","status":"COMPLETED","project_type":"DEFAULT","processing_config":{},"project_metadata":{"project_name":"项目_00000000"},"completed_at":"2026-11-25 03:53:18.695553"}','{}','{"":"undone"}','2026-11-25 03:53:19.135127');
CREATE TABLE clipsync_projects (
	project_id VARCHAR(255) NOT NULL, 
	name TEXT NOT NULL, 
	disk_state VARCHAR(32), 
	status VARCHAR(32), 
	clips INTEGER, 
	collections INTEGER, 
	changes JSON, 
	content_hash VARCHAR(64), 
	fingerprint VARCHAR(64), 
	activity VARCHAR(64), 
	consistent BOOLEAN, 
	last_run_id VARCHAR(255), 
	last_synced_at DATETIME, 
	last_audit_run_id VARCHAR(255), 
	last_audited_at DATETIME, seen_collection_row_ids JSON, 
	PRIMARY KEY (project_id)
);
INSERT INTO "clipsync_projects" VALUES('00000000-0001-4000-8000-000000000000','人生的意义：一次长谈','completed','consistent',3,1,'{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}','c9f4eab075fe7b70a0be1a1ae82e47f2e5687462cee78826f898f3ce7fbcaf70','ea5bd4c9a10fc0218c4897d76e1e1bfffd325b97a3238f27484e0dc4ba905a4b','d7c54b8bad7c0c38a1d1d3333c6721ac',1,'second','2026-11-25 03:53:18.848152','third','2026-11-25 03:53:18.929172','["6bc067a8-6442-5492-9d99-5ed1c16256d0","b3f7a48a-0130-577b-afe3-8be0168a1ffc"]');
INSERT INTO "clipsync_projects" VALUES('00000000-0002-4000-8000-000000000000','项目_00000000','completed','consistent',1,0,'{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}','42b39c30eb6896bbcbf40e5815db686c826fc194ae3a946e0774017107584784','2c1a111314045cb0096cd4179eb2c092c371eb19b4f88299f2346d371bead65f','9060b653b5057b8fa7480ae233d059b9',1,'first','2026-11-25 03:53:18.695553','third','2026-11-25 03:53:18.929172','[]');
INSERT INTO "clipsync_projects" VALUES('00000000-0003-4000-8000-000000000000','旧项目','completed','consistent',1,0,'{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}','738803e07c464cf9b8dc77e4ec52163010057e7996089470e10e8549c98935a0','838b62a959afeb6ecf57f852d0a487b64a3ec858aee6b2d8c665e30886b711ba','9060b653b5057b8fa7480ae233d059b9',1,'first','2026-11-25 03:53:18.695553','third','2026-11-25 03:53:18.929172','[]');
INSERT INTO "clipsync_projects" VALUES('00000000-0005-4000-8000-000000000000','项目_00000000','completed','consistent',3,1,'{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}','a5f901498ca5072a122847de1a05a9040851655664ad8815644d34a00806f727','ee9d5137c99eda7c65cc06ff64448455a98615968fd8cd966171584bf7c978c8','d7c54b8bad7c0c38a1d1d3333c6721ac',1,'first','2026-11-25 03:53:18.695553','third','2026-11-25 03:53:18.929172','["aa4cd9af-fd12-5e6a-9e26-ed5fca0e1506"]');
INSERT INTO "clipsync_projects" VALUES('00000000-0004-4000-8000-000000000000','项目_00000000','processing','processing',0,0,'{"insert":0,"update":0,"delete":0,"relink":0,"adopt":0}','7baf2fdbfd49bb2265d9fefa131da8e4cfa596bf1592db3239a85b4476e4cc71','63c8b6d394c9de825d76c32f323bb5e49b0484623797aa54ea2e0ab4d2e5ed91','cae66941d9efbd404e4d88758ea67670',1,NULL,NULL,'third','2026-11-25 03:53:18.929172',NULL);
CREATE TABLE clipsync_quarantine (
	id INTEGER NOT NULL, 
	project_id VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	file TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	source_id TEXT, 
	reason TEXT NOT NULL, 
	raw TEXT NOT NULL, 
	first_seen DATETIME NOT NULL, 
	last_seen DATETIME NOT NULL, 
	released_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "clipsync_quarantine" VALUES(1,'00000000-0002-4000-8000-000000000000','clip','projects/00000000-0002-4000-8000-000000000000/metadata/clips_metadata.json',1,'2','no usable start_time: ''soon''','{"id": "2", "start_time": "soon", "end_time": "00:02:00,000", "outline": "话题2", "content": ["要点2之一", "要点2之二"], "chunk_index": 0, "final_score": 0.9, "recommend_reason": "推荐理由2", "generated_title": "第2段：标题"}','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.848152',NULL);
CREATE TABLE clipsync_rows (
	project_id VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	row_id VARCHAR(255) NOT NULL, 
	source_id TEXT NOT NULL, 
	file_values JSON NOT NULL, 
	start_ms BIGINT, 
	end_ms BIGINT, 
	applied_at DATETIME NOT NULL, kept_values JSON DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (project_id, kind, row_id)
);
INSERT INTO "clipsync_rows" VALUES('00000000-0001-4000-8000-000000000000','clip','119658b1-084b-510e-8b55-fdd333824875','1','{"title":"第1段：标题","description":"推荐理由1"}',0,60000,'2026-11-25 03:53:18.848152','{"title":"我改过的标题","description":"推荐理由1"}');
INSERT INTO "clipsync_rows" VALUES('00000000-0001-4000-8000-000000000000','clip','2a382593-0ad9-50cc-8ff6-a98b0fce7667','3','{"title":"第3段：标题","description":"推荐理由3"}',120000,180000,'2026-11-25 03:53:18.695553','{"title":"第3段：标题","description":"推荐理由3"}');
INSERT INTO "clipsync_rows" VALUES('00000000-0001-4000-8000-000000000000','clip','bf3f7279-2b9b-5d30-a945-ad05364e7a86','2','{"title":"第2段：标题","description":"推荐理由2"}',60000,120000,'2026-11-25 03:53:18.695553','{"title":"第2段：标题","description":"推荐理由2"}');
INSERT INTO "clipsync_rows" VALUES('00000000-0001-4000-8000-000000000000','collection','6bc067a8-6442-5492-9d99-5ed1c16256d0','1','{"name":"合集1","description":"合集简介1","content":["3","1"],"content_rows":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"]}',NULL,NULL,'2026-11-25 03:53:18.695553','{"name":"合集1","description":"合集简介1","content":["2a382593-0ad9-50cc-8ff6-a98b0fce7667","119658b1-084b-510e-8b55-fdd333824875"]}');
INSERT INTO "clipsync_rows" VALUES('00000000-0002-4000-8000-000000000000','clip','967d73b3-5406-5e00-ba77-3d505df57a8f','1','{"title":"第1段：标题","description":"推荐理由1"}',0,60000,'2026-11-25 03:53:18.695553','{"title":"第1段：标题","description":"推荐理由1"}');
INSERT INTO "clipsync_rows" VALUES('00000000-0003-4000-8000-000000000000','clip','ff55963f-4dc6-5ca7-990e-18bad6cde1c7','1','{"title":"第1段：标题","description":"推荐理由1"}',0,60000,'2026-11-25 03:53:18.695553','{"title":"第1段：标题","description":"推荐理由1"}');
CREATE TABLE clipsync_runs (
	run_id VARCHAR(255) NOT NULL, 
	command VARCHAR(64) NOT NULL, 
	"trigger" VARCHAR(64) NOT NULL, 
	started_by TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	outcome VARCHAR(64), 
	counts JSON, 
	PRIMARY KEY (run_id)
);
INSERT INTO "clipsync_runs" VALUES('first','sync','command line','someone','2026-11-25 03:53:18.691793','2026-11-25 03:53:18.757461','success','{"success":true,"total_projects":5,"total_synced":5,"total_failed":0,"clips_synced":8,"collections_synced":3,"quarantined":1,"changes":{"insert":15,"update":0,"delete":0,"relink":3,"adopt":0},"findings":{"error":0,"warning":1,"info":1}}');
INSERT INTO "clipsync_runs" VALUES('second','sync','command line','someone','2026-11-25 03:53:18.830002','2026-11-25 03:53:18.891139','success','{"success":true,"total_projects":5,"total_synced":5,"total_failed":0,"clips_synced":8,"collections_synced":2,"quarantined":1,"changes":{"insert":0,"update":0,"delete":0,"relink":1,"adopt":0},"findings":{"error":0,"warning":1,"info":3}}');
INSERT INTO "clipsync_runs" VALUES('third','audit','command line','someone','2026-11-25 03:53:18.901101',NULL,NULL,NULL);
INSERT INTO "clipsync_runs" VALUES('fourth','undo','command line','someone','2026-11-25 03:53:19.097421','2026-11-25 03:53:19.244371','success','{"undone_run":"first","restored":6,"left":0}');
CREATE TABLE clipsync_tombstones (
	id INTEGER NOT NULL, 
	project_id VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	source_id TEXT NOT NULL, 
	row_id VARCHAR(255), 
	label TEXT NOT NULL, 
	reason VARCHAR(32) NOT NULL, 
	start_ms BIGINT, 
	end_ms BIGINT, 
	noticed_at DATETIME NOT NULL, 
	lifted_at DATETIME, 
	run_id VARCHAR(255), 
	PRIMARY KEY (id)
);
INSERT INTO "clipsync_tombstones" VALUES(1,'00000000-0001-4000-8000-000000000000','collection','2','b3f7a48a-0130-577b-afe3-8be0168a1ffc','合集2','deleted',NULL,NULL,'2026-11-25 03:53:18.848152',NULL,'second');
CREATE TABLE collections (
	name VARCHAR(255) NOT NULL, 
	description TEXT, 
	status VARCHAR(10) NOT NULL, 
	theme VARCHAR(255), 
	tags JSON, 
	total_duration INTEGER, 
	clips_count INTEGER, 
	video_path VARCHAR(500), 
	thumbnail_path VARCHAR(500), 
	processing_result JSON, 
	export_path VARCHAR(500), 
	collection_metadata JSON, 
	project_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);
INSERT INTO "collections" VALUES('合集1','合集简介1','COMPLETED',NULL,NULL,NULL,2,'/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4',NULL,NULL,'/srv/autoclip/data/projects/00000000-0001-4000-8000-000000000000/output/collections/1_合集1.mp4','{"clip_ids": ["2a382593-0ad9-50cc-8ff6-a98b0fce7667", "119658b1-084b-510e-8b55-fdd333824875"], "original_clip_ids": ["3", "1"], "collection_type": "ai_recommended", "original_id": "1"}','00000000-0001-4000-8000-000000000000','6bc067a8-6442-5492-9d99-5ed1c16256d0','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
CREATE TABLE projects (
	name VARCHAR(255) NOT NULL, 
	description TEXT, 
	status VARCHAR(10) NOT NULL, 
	project_type VARCHAR(14) NOT NULL, 
	video_path VARCHAR(500), 
	thumbnail TEXT, 
	subtitle_path VARCHAR(500), 
	video_duration INTEGER, 
	processing_config JSON, 
	project_metadata JSON, 
	completed_at DATETIME, 
	id VARCHAR(36) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('人生的意义：一次长谈','','COMPLETED','DEFAULT',NULL,NULL,NULL,NULL,'{}','{"project_name": "\u4eba\u751f\u7684\u610f\u4e49\uff1a\u4e00\u6b21\u957f\u8c08"}','2026-11-25 03:53:18.695553','00000000-0001-4000-8000-000000000000','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
INSERT INTO "projects" VALUES('项目_00000000','','COMPLETED','DEFAULT',NULL,NULL,NULL,NULL,'{}','{"project_name": "\u9879\u76ee_00000000"}','2026-11-25 03:53:18.695553','00000000-0002-4000-8000-000000000000','2026-11-25 03:53:18.695553','2026-11-25 03:53:18.695553');
INSERT INTO "projects" VALUES('旧项目','','COMPLETED','DEFAULT',NULL,NULL,NULL,NULL,'{}','{"project_name": "\u65e7\u9879\u76ee"}','2026-11-25 03:53:18.695553','00000000-0003-4000-8000-000000000000','2025-06-01 12:00:00.000000','2026-11-25 03:53:18.695553');
CREATE TABLE tasks (
	name VARCHAR(255) NOT NULL, 
	description TEXT, 
	status VARCHAR(9) NOT NULL, 
	task_type VARCHAR(19) NOT NULL, 
	progress FLOAT, 
	current_step VARCHAR(100), 
	total_steps INTEGER, 
	priority INTEGER, 
	started_at DATETIME, 
	completed_at DATETIME, 
	error_message TEXT, 
	celery_task_id VARCHAR(255), 
	task_config JSON, 
	result_data JSON, 
	task_metadata JSON, 
	project_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE INDEX ix_projects_id ON projects (id);
CREATE INDEX ix_clips_id ON clips (id);
CREATE INDEX ix_collections_id ON collections (id);
CREATE INDEX ix_tasks_id ON tasks (id);
CREATE INDEX ix_clipsync_projects_last_audit_run_id ON clipsync_projects (last_audit_run_id);
CREATE INDEX ix_clipsync_runs_started_at ON clipsync_runs (started_at);
CREATE INDEX ix_clipsync_findings_last_run ON clipsync_findings (last_run);
CREATE INDEX ix_clipsync_tombstones_project_id ON clipsync_tombstones (project_id);
CREATE INDEX ix_clipsync_quarantine_project_id ON clipsync_quarantine (project_id);
CREATE INDEX ix_clipsync_journal_run_id ON clipsync_journal (run_id);
CREATE INDEX ix_clipsync_journal_project_id ON clipsync_journal (project_id);
COMMIT;
