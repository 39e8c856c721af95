-- Words of new messages wait in a list until they are sorted in. The message that finds the list full sorts all of them in
-- while everybody waits: now a sweep does that every few seconds, and the list is as long as what comes meanwhile.
alter index messages_words set (gin_pending_list_limit = 4096);
