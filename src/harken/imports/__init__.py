"""History from elsewhere: files of several formats, read as lines of JSON, made ready in processes of their own."""
