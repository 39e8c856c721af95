import type { DevicePlatform } from '@holdfast/contract';
import type { Generated, Selectable } from 'kysely';

export type DeviceTables = {
  devices: {
    id: string;
    token: string;
    user_id: string;
    session_id: string;
    platform: DevicePlatform;
    locale: string | null;
    failures: Generated<number>;
    next_attempt_at: Generated<Date | null>;
    created_at: Date;
    last_used_at: Date;
  };
};

export type DeviceRow = Selectable<DeviceTables['devices']>;
