import { accounts } from './accounts.ts';
import { admin } from './admin.ts';
import { adminChat } from './admin-chat.ts';
import { adminMoney } from './admin-money.ts';
import { reconciliations } from './admin-reconciliation.ts';
import { applications } from './applications.ts';
import { bookings } from './bookings.ts';
import { chat } from './chat.ts';
import { commission } from './commission.ts';
import { contractors } from './contractors.ts';
import { devices } from './devices.ts';
import { disputes } from './disputes.ts';
import { earnings } from './earnings.ts';
import type { Endpoint } from './endpoint.ts';
import { files } from './files.ts';
import { jobs } from './jobs.ts';
import { notifications } from './notifications.ts';
import { payments } from './payments.ts';
import { payouts } from './payouts.ts';
import { pusher } from './pusher.ts';
import { receipts } from './receipts.ts';
import { reviews } from './reviews.ts';
import { secondFactor } from './second-factor.ts';
import { unsubscribe } from './unsubscribe.ts';
import { webhooks } from './webhooks.ts';

/** The whole API, in the order in which somebody new would read it. */
export const api = {
  accounts,
  secondFactor,
  contractors,
  jobs,
  applications,
  files,
  bookings,
  chat,
  disputes,
  payments,
  payouts,
  earnings,
  receipts,
  reviews,
  notifications,
  devices,
  pusher,
  unsubscribe,
  admin,
  adminChat,
  adminMoney,
  reconciliations,
  commission,
  webhooks,
} as const;

/** What the endpoints of a tag are about. One line for every tag that an endpoint uses. */
export const tags: readonly { name: string; description: string }[] = [
  {
    name: 'Accounts',
    description: 'Sign up, prove the e-mail address, sign in, keep the session alive, manage the account.',
  },
  { name: 'Contractors', description: 'What contractors tell about themselves, and their public pages.' },
  { name: 'Jobs', description: 'Customers post jobs with a budget; contractors search them.' },
  { name: 'Applications', description: 'Contractors apply for open jobs with a quote.' },
  {
    name: 'Files',
    description:
      'Pictures of people, portfolios, what belongs to a job, proof of work, evidence. Uploads are checked by what is inside.',
  },
  {
    name: 'Bookings',
    description:
      'requested → confirmed → active (money held) → delivered → completed. The work between one customer and one contractor.',
  },
  {
    name: 'Chat',
    description:
      'One room for each customer and contractor. The same over REST and, live, on the socket (docs/socket.md).',
  },
  {
    name: 'Disputes',
    description:
      'Either side says that something is wrong while the money is held. It stays until the dispute is decided, and it always is.',
  },
  {
    name: 'Payments',
    description: 'The customer pays a confirmed booking; the money is held until it is completed.',
  },
  {
    name: 'Payouts',
    description: "The contractor's account at Stripe, balance and withdrawals to the bank.",
  },
  {
    name: 'Earnings',
    description: 'What a contractor has earned: series, upcoming, table and yearly statement.',
  },
  { name: 'Receipts', description: 'What a customer has paid and got back, to keep.' },
  { name: 'Reviews', description: 'Both sides of a completed booking review each other.' },
  { name: 'Notifications', description: 'What people are told, and how they switch it off.' },
  {
    name: 'Devices',
    description: 'Where push notifications go, and who may listen at Pusher Channels.',
  },
  {
    name: 'Admin',
    description: 'For admins with a second factor: search, suspend, approve, and what was done.',
  },
  { name: 'Commission', description: 'What the platform keeps: its rates and what came of them.' },
  { name: 'Webhooks', description: 'For Stripe, not for apps.' },
];

export type Operation = { id: string; endpoint: Endpoint };

/** Every endpoint with its stable id, e.g. payments.createIntent. */
export function operations(): Operation[] {
  const groups: [string, Record<string, Endpoint>][] = Object.entries(api);
  return groups.flatMap(([group, endpoints]) =>
    Object.entries(endpoints).map(([name, endpoint]) => ({ id: `${group}.${name}`, endpoint })),
  );
}
