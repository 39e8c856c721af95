import type { JsonObject } from '../json.ts';

/** The fields the sandbox decides by; the rest of each object follows the data file. */
export type Customer = JsonObject & { id: string; metadata: JsonObject };
export type PaymentMethod = JsonObject & {
  id: string;
  customer: string | null;
  card: JsonObject;
  metadata: JsonObject;
};
export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'requires_capture'
  | 'processing'
  | 'succeeded'
  | 'canceled';
export type PaymentIntent = JsonObject & {
  id: string;
  amount: number;
  amount_capturable: number;
  amount_received: number;
  capture_method: 'automatic' | 'automatic_async' | 'manual';
  client_secret: string;
  currency: string;
  customer: string | null;
  latest_charge: string | null;
  metadata: JsonObject;
  payment_method: string | null;
  setup_future_usage: string | null;
  status: IntentStatus;
  transfer_group: string | null;
};
export type Charge = JsonObject & {
  id: string;
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  balance_transaction: string | null;
  captured: boolean;
  currency: string;
  disputed: boolean;
  metadata: JsonObject;
  payment_intent: string | null;
  refunded: boolean;
  status: 'succeeded' | 'pending' | 'failed';
  transfer_group: string | null;
};
export type BalanceTransaction = JsonObject & {
  id: string;
  amount: number;
  available_on: number;
  currency: string;
  fee: number;
  net: number;
  status: 'available' | 'pending';
};
export type Account = JsonObject & {
  id: string;
  capabilities: { [name: string]: string };
  charges_enabled: boolean;
  controller: JsonObject;
  country: string;
  default_currency: string;
  details_submitted: boolean;
  external_accounts: JsonObject;
  metadata: JsonObject;
  payouts_enabled: boolean;
  settings: JsonObject;
};
export type Capability = JsonObject & { id: string; account: string; requested: boolean; status: string };
export type BankAccount = JsonObject & {
  id: string;
  account: string;
  currency: string;
  status: string;
  metadata: JsonObject;
};
export type Person = JsonObject & { id: string; account: string; metadata: JsonObject };
export type Transfer = JsonObject & {
  id: string;
  amount: number;
  amount_reversed: number;
  currency: string;
  destination: string;
  destination_payment: string;
  metadata: JsonObject;
  reversals: JsonObject;
  reversed: boolean;
};
export type Reversal = JsonObject & { id: string; amount: number; metadata: JsonObject };
export type Refund = JsonObject & {
  id: string;
  amount: number;
  balance_transaction: string | null;
  charge: string;
  currency: string;
  metadata: JsonObject;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
};
export type DisputeStatus =
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost'
  | 'warning_needs_response'
  | 'warning_under_review'
  | 'warning_closed';
export type Dispute = JsonObject & {
  id: string;
  amount: number;
  balance_transactions: JsonObject[];
  charge: string;
  currency: string;
  evidence: JsonObject;
  evidence_details: JsonObject;
  is_charge_refundable: boolean;
  metadata: JsonObject;
  status: DisputeStatus;
};
export type SetupIntent = JsonObject & {
  id: string;
  client_secret: string;
  customer: string | null;
  metadata: JsonObject;
  payment_method: string | null;
  status:
    | 'requires_payment_method'
    | 'requires_confirmation'
    | 'requires_action'
    | 'processing'
    | 'succeeded'
    | 'canceled';
  usage: string;
};
export type Payout = JsonObject & {
  id: string;
  amount: number;
  arrival_date: number;
  currency: string;
  destination: string;
  metadata: JsonObject;
  status: 'pending' | 'in_transit' | 'paid' | 'failed' | 'canceled';
};
export type Event = JsonObject & { id: string; type: string; created: number };
export type WebhookEndpoint = JsonObject & {
  id: string;
  enabled_events: string[];
  metadata: JsonObject;
  status: 'enabled' | 'disabled';
  url: string;
};

export type Attempt = { atMs: number; status: number | null; error: string | null };
export type Delivery = {
  event: string;
  endpoint: string;
  state: 'pending' | 'delivered' | 'failed' | 'dropped';
  nextAttemptMs: number;
  firstAttemptMs: number | null;
  attempts: Attempt[];
  /** Failures in a row since the sandbox started: a restart begins with quick retries again. */
  failures: number;
  /** How often it is still to be sent again after having been taken. */
  copies?: number;
};
export type Task = { name: string; subject: string; account: string; dueMs: number; soon: boolean };
export type SavedAnswer = {
  fingerprint: string;
  status: number;
  body: string;
  requestId: string;
  savedMs: number;
  accountHeader: string | null;
};

type Nothing = Record<string, never>;

export type AccountState = {
  stage: 'new' | 'complete' | 'restricted' | 'rejected';
  /** What the stage was before the rejection, and why it was rejected. */
  rejected?: { before: 'new' | 'complete' | 'restricted'; reason: string; payoutsPaused: boolean };
  /** Capabilities that are kept from being active, by name. */
  capabilities?: { [name: string]: 'inactive' | 'pending' };
  /** The account has left the platform, or was deleted: nobody sees it any more. */
  gone?: 'deauthorized' | 'deleted';
  minimumBalances?: { [currency: string]: number };
  delayDaysOverride?: number;
};
/** What a token stands for: a bank account's number or a card's. */
export type TokenSecret = { number: string; expiry?: { month: number; year: number } };

/** Every kind of record, with what an API client sees (`data`) and what only the sandbox knows (`hidden`). */
export type Kinds = {
  customer: { data: Customer; hidden: { deleted?: boolean } };
  payment_method: {
    data: PaymentMethod;
    hidden: { number: string; authenticated?: boolean; consumed?: boolean };
  };
  payment_intent: { data: PaymentIntent; hidden: { returnUrl?: string | null } };
  charge: { data: Charge; hidden: { transferredAmount: number; number?: string } };
  /** `payout`: the automatic payout that contained it. */
  balance_transaction: { data: BalanceTransaction; hidden: { payout?: string } };
  account: { data: Account; hidden: AccountState };
  capability: { data: Capability; hidden: Nothing };
  bank_account: { data: BankAccount; hidden: { number: string; deleted?: boolean } };
  person: { data: Person; hidden: Nothing };
  transfer: { data: Transfer; hidden: Nothing };
  transfer_reversal: { data: Reversal; hidden: Nothing };
  refund: { data: Refund; hidden: Nothing };
  dispute: { data: Dispute; hidden: { number?: string } };
  setup_intent: { data: SetupIntent; hidden: { returnUrl?: string | null } };
  setup_attempt: { data: JsonObject & { id: string; setup_intent: string }; hidden: Nothing };
  token: { data: JsonObject & { id: string; used: boolean }; hidden: TokenSecret };
  confirmation_token: { data: JsonObject & { id: string }; hidden: { number: string } };
  ephemeral_key: { data: JsonObject & { id: string }; hidden: { customer: string } };
  file: { data: JsonObject & { id: string; purpose: string }; hidden: { base64: string } };
  payout: { data: Payout; hidden: Nothing };
  event: { data: Event; hidden: { endpoints: string[] } };
  webhook_endpoint: { data: WebhookEndpoint; hidden: { secret: string; connect: boolean } };
  delivery: { data: Delivery; hidden: Nothing };
  task: { data: Task; hidden: Nothing };
  idempotency: { data: SavedAnswer; hidden: Nothing };
  balance: { data: { currency: string; available: number; pending: number }; hidden: Nothing };
  onboarding: {
    data: {
      account: string;
      returnUrl: string | null;
      refreshUrl: string | null;
      expiresMs: number;
      used: boolean;
    };
    hidden: Nothing;
  };
  setting: { data: { value: number | boolean | string }; hidden: Nothing };
};
export type Kind = keyof Kinds;

export type Stored<K extends Kind = Kind> = {
  kind: K;
  id: string;
  account: string;
  seq: number;
  data: Kinds[K]['data'];
  hidden: Kinds[K]['hidden'];
};
