-- What happens to a booking is said in its two people's room, each thing once: whoever comes second finds it said.
create unique index messages_said_once on messages ((event ->> 'key')) where event is not null;
