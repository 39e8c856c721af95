export { cancelIntent } from './cancel-intent.ts';
export { rereadPending } from './reread.ts';
export { resumeConfirmation, resumeIntent } from './resume.ts';
export { settleIntentById } from './settle.ts';
