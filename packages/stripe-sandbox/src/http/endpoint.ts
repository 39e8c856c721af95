import type { JsonObject } from '../json.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Upload } from './multipart.ts';
import type { Parameters } from './parameters.ts';

/** A request that has been understood: who asks, for which account, with which parameters. */
export type Call = {
  tx: Transaction;
  params: Parameters;
  /** The placeholders of the path, in order. */
  ids: string[];
  /** The account acted for: the platform, or that of `Stripe-Account`. */
  account: string;
  pathname: string;
  /** With a publishable key only what a payer's own app may do is allowed. */
  publishable: boolean;
  /** The file that came with the request. */
  upload?: Upload | undefined;
};

export type Endpoint = (call: Call) => JsonObject;
