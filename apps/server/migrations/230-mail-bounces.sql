-- Addresses whose mail server said that there is no such mailbox. Mail that keeps going there harms the sender's name, and
-- with it everybody else's mail. Only codes that somebody asks for are still tried; one that is taken deletes the row.
create table mail_bounces (
  email text primary key check (email = lower(email)),
  at timestamptz(3) not null,
  -- The status the server gave, such as "550 5.1.1"; never its words, which quote the address.
  reason text not null check (length(reason) <= 40)
);
