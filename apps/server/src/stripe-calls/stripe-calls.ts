export { type PreparedCall, prepareCall, settleCall, wasSent } from './prepare.ts';
export { type CallOptions, type Sender, StripeCallFailed, sendCall } from './send.ts';
