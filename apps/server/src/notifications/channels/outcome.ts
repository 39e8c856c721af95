export type Outcome =
  | { kind: 'sent'; reference?: string }
  // afterMs: what Retry-After asked for; reached: the devices that took it, now or before, while others did not;
  // status: what the service said, for the log
  | { kind: 'retry'; reason: string; afterMs?: number; reached?: readonly string[]; status?: string }
  | { kind: 'failed'; reason: string } // for good
  | { kind: 'suppressed'; reason: string }; // nobody to send to: no device, bounced address …
/** reason: a short stable code such as 'no_device', 'unregistered', 'rate_limited', 'unavailable', 'bounced', 'refused'; never an address or a token. */
