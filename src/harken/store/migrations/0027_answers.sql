-- Who may answer in the conversation that a post began: model.post.AnswerPolicy.
ALTER TABLE post ADD COLUMN answers INTEGER NOT NULL DEFAULT 0;
