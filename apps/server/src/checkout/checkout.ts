export { cancelIntent } from './cancel-intent.ts';
export { rereadPending } from './reread.ts';
export { settleIntentById } from './settle.ts';
