import type { AccountTables } from './tables/accounts.ts';
import type { AdminTables } from './tables/admin.ts';
import type { BookingTables } from './tables/bookings.ts';
import type { ChatTables } from './tables/chat.ts';
import type { CommissionTables } from './tables/commission.ts';
import type { DeviceTables } from './tables/devices.ts';
import type { DisputeTables } from './tables/disputes.ts';
import type { FileTables } from './tables/files.ts';
import type { FoundationTables } from './tables/foundation.ts';
import type { JobTables } from './tables/jobs.ts';
import type { LedgerTables } from './tables/ledger.ts';
import type { MailTables } from './tables/mails.ts';
import type { NotificationPreferenceTables } from './tables/notification-preferences.ts';
import type { NotificationTables } from './tables/notifications.ts';
import type { PaymentTables } from './tables/payments.ts';
import type { PayoutTables } from './tables/payouts.ts';
import type { ReconciliationTables } from './tables/reconciliation.ts';
import type { RefundTables } from './tables/refunds.ts';
import type { ReviewTables } from './tables/reviews.ts';

/** Every table, one file per module under tables/; the SQL itself is in migrations/. */
export type Tables = FoundationTables &
  AccountTables &
  AdminTables &
  CommissionTables &
  JobTables &
  BookingTables &
  ChatTables &
  ReviewTables &
  LedgerTables &
  PaymentTables &
  PayoutTables &
  RefundTables &
  DeviceTables &
  DisputeTables &
  FileTables &
  MailTables &
  NotificationTables &
  NotificationPreferenceTables &
  ReconciliationTables;
