import type { Generated } from 'kysely';

export type NotificationPreferenceTables = {
  /** Differences from the defaults; `type` and `channel` are those of the contract. */
  notification_preferences: { user_id: string; type: string; channel: string; enabled: boolean };
  notification_settings: {
    user_id: string;
    /** Time of the day as hh:mm:ss. */
    quiet_from: string | null;
    quiet_to: string | null;
    digest: Generated<'instant' | 'hourly' | 'daily'>;
    hides_message_text: Generated<boolean>;
  };
};
