-- People search in their own rooms. An index of words alone has everybody's messages under a common word; with the room
-- among the words it is asked for both at once, and reads what that person's rooms have.
drop index messages_words;
create index messages_words on messages
using gin ((to_tsvector('simple', body) || array_to_tsvector(array[room_id])))
with (gin_pending_list_limit = 4096);
