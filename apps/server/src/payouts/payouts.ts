export { refreshPayout, rereadPayouts } from './refresh.ts';
export { resumePayout } from './resume.ts';
export { sendPayout } from './send.ts';
