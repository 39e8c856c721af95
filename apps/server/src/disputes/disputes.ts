/** What the wiring may use of the disputes. */
export { disputeActions } from './resolve.ts';
export { disputeSweeps } from './sweeps.ts';
