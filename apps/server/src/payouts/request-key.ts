import type { Currency } from '@holdfast/contract';
import type { PayoutRow } from '../db/tables/payments.ts';

const prefix = 'schedule:';

/** The key under which the run of a day withdraws a currency: whoever runs it, and however often, it happens once. */
export const scheduleKey = (day: string, currency: Currency): string => `${prefix}${day}:${currency}`;

/** Keys of this kind are ours; those of callers that look the same are refused. */
export const isScheduleKey = (requestKey: string): boolean => requestKey.startsWith(prefix);

export const isScheduled = (payout: Pick<PayoutRow, 'request_key'>): boolean =>
  isScheduleKey(payout.request_key);
