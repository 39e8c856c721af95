import type { Clock } from '../engine/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Faults } from '../http/faults.ts';
import type { Deliverer } from '../webhooks/deliver.ts';

/** What pages and control functions work on. */
export type Parts = {
  engine: Engine;
  clock: Clock;
  deliverer: Deliverer;
  faults: Faults;
  /** Requests to the API that are being answered. */
  activeRequests: () => number;
  /** Forgets everything and starts anew. */
  reset: () => Promise<void>;
};
