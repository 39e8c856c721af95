export type Outcome =
  | { kind: 'sent'; reference?: string }
  | { kind: 'retry'; reason: string; afterMs?: number } // afterMs: what Retry-After asked for
  | { kind: 'failed'; reason: string } // for good
  | { kind: 'suppressed'; reason: string }; // nobody to send to: no device, bounced address …
/** reason: a short stable code such as 'no_device', 'unregistered', 'rate_limited', 'unavailable', 'bounced', 'refused'; never an address or a token. */
