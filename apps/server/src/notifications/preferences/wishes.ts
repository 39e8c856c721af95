import { sql } from 'kysely';
import type { Db, Tx } from '../../db/connect.ts';
import type { Role } from '../../db/tables/accounts.ts';
import { isOnByDefault, isRequired } from '../defaults.ts';
import type { Channel, NotificationType } from '../kinds.ts';

/** What decides over a person's notifications: who they are and what they asked for. */
export type Wishes = {
  userId: string;
  role: Role;
  locale: string;
  timeZone: string;
  /** Differences from the defaults, as "type channel". */
  switches: ReadonlyMap<string, boolean>;
  /** Times of the day such as 22:00, in the person's time zone. */
  quiet: { from: string; to: string } | null;
  digest: 'instant' | 'hourly' | 'daily';
  hidesMessageText: boolean;
};

export const switchKey = (type: NotificationType, channel: Channel): string => `${type} ${channel}`;

/** Whether the person wants this type on this channel. */
export function isWanted(wishes: Wishes, type: NotificationType, channel: Channel): boolean {
  // A row from before it was required counts for nothing.
  if (isRequired(type, channel)) return true;
  return wishes.switches.get(switchKey(type, channel)) ?? isOnByDefault(wishes.role, type, channel);
}

/** Of everybody of these who has not left, in one query. */
export async function readWishes(db: Db | Tx, userIds: readonly string[]): Promise<Map<string, Wishes>> {
  const { rows } = await sql<Row>`
    select users.id, users.role, users.locale, users.time_zone, settings.quiet_from, settings.quiet_to, settings.digest,
      settings.hides_message_text,
      (select json_agg(json_build_array(type, channel, enabled)) from notification_preferences
        where user_id = users.id) as switches
    from users left join notification_settings settings on settings.user_id = users.id
    where users.id = any(${[...new Set(userIds)]}) and users.deleted_at is null`.execute(db);
  return new Map(rows.map((row) => [row.id, wishesOf(row)]));
}

type Row = {
  id: string;
  role: Role;
  locale: string;
  time_zone: string;
  quiet_from: string | null;
  quiet_to: string | null;
  digest: Wishes['digest'] | null;
  hides_message_text: boolean | null;
  switches: [NotificationType, Channel, boolean][] | null;
};

const wishesOf = (row: Row): Wishes => ({
  userId: row.id,
  role: row.role,
  locale: row.locale,
  timeZone: row.time_zone,
  switches: new Map(
    (row.switches ?? []).map(([type, channel, enabled]) => [switchKey(type, channel), enabled]),
  ),
  quiet:
    row.quiet_from === null || row.quiet_to === null
      ? null
      : { from: row.quiet_from.slice(0, 5), to: row.quiet_to.slice(0, 5) },
  digest: row.digest ?? 'instant',
  hidesMessageText: row.hides_message_text ?? false,
});
