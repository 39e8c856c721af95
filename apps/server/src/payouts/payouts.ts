export { refreshPayout, rereadPayouts } from './refresh.ts';
export { sendPayout } from './send.ts';
