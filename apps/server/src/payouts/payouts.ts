export { refreshPayout, rereadPayouts } from './refresh.ts';
export { resumeSchedule } from './schedule/pause.ts';
export { runSchedule } from './schedule/run.ts';
export { startScheduledRuns } from './schedule/start-runs.ts';
export { sendPayout } from './send.ts';
