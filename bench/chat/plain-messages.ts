import { randomUUID } from 'node:crypto';
import pg from 'pg';

export type PlainMessage = { id: string; roomId: string; sender: string; message: string; timestamp: string };

export type PlainMessages = {
  /** Resolves once it is committed, if it is kept at all. */
  write(
    sender: string,
    sent: { roomId: string; clientMessageId: string; message: string },
  ): Promise<PlainMessage>;
  close(): Promise<void>;
};

/** What the bare servers keep: one INSERT for each message, which is what is written first; without an address nothing. */
export async function openPlainMessages(databaseUrl: string | undefined): Promise<PlainMessages> {
  const pool =
    databaseUrl === undefined ? undefined : new pg.Pool({ connectionString: databaseUrl, max: 20 });
  await pool?.query(`create table if not exists plain_messages (
    id uuid primary key, room_id text not null, sender_id text not null, client_message_id text not null, body text not null,
    seq bigserial, created_at timestamptz not null default now(), unique (room_id, sender_id, client_message_id))`);
  await pool?.query('create index if not exists plain_messages_room on plain_messages (room_id, seq)');
  return {
    write: async (sender, { roomId, clientMessageId, message }) => {
      const id = randomUUID();
      await pool?.query({
        name: 'insert',
        text: 'insert into plain_messages (id, room_id, sender_id, client_message_id, body) values ($1, $2, $3, $4, $5)',
        values: [id, roomId, sender, clientMessageId, message],
      });
      return { id, roomId, sender, message, timestamp: new Date().toISOString() };
    },
    close: async () => pool?.end(),
  };
}
