export { type PreparedCall, prepareCall } from './prepare.ts';
export { type CallOptions, type Sender, StripeCallFailed, sendCall } from './send.ts';
