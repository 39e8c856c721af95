export { lookUpCall } from './look-up.ts';
export { type PreparedCall, prepareCall, settleCall, wasSent } from './prepare.ts';
export { type CallOptions, type Sender, StripeCallFailed, sendCall } from './send.ts';
export { askForUnknown, type Resumers, resumeCall } from './unknown.ts';
