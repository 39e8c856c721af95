-- A push goes to all devices of its person. While one of them cannot be reached, it is tried again for that one alone.

alter table notification_deliveries
  -- The devices that have taken it; null if none has.
  add column reached text[],
  -- The time at which the first of them took it.
  drop constraint notification_deliveries_check1,
  add constraint notification_deliveries_sent_at check (
    case state
      when 'sent' then sent_at is not null
      when 'queued' then (sent_at is null) = (reached is null)
      else sent_at is null
    end);
