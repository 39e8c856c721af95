/** What the wiring may use of the disputes. */
export { evidenceFiles } from './evidence-files.ts';
export { disputeActions } from './resolve.ts';
export { disputeSweeps } from './sweeps.ts';
