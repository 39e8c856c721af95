import type { Device } from '@holdfast/contract';
import type { DeviceRow } from '../../db/tables/devices.ts';
import type { Actor } from '../../http/authenticate.ts';

/** A device as its owner sees it: without the token. */
export const presentDevice = (row: DeviceRow, actor: Pick<Actor, 'sessionId'>): Device => ({
  id: row.id,
  platform: row.platform,
  locale: row.locale,
  isCurrent: row.session_id === actor.sessionId,
  createdAt: row.created_at.toISOString(),
  lastUsedAt: row.last_used_at.toISOString(),
});
