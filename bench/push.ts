import { loadavg } from 'node:os';
import type { FcmConfig } from '../apps/server/src/config-push.ts';
import { createPushSender, type PushMessage } from '../apps/server/src/vendors/fcm.ts';
import { processorTimeOf, startChild } from './child.ts';

/**
 * What a push costs with Firebase's SDK against the stand-in in a process of its own: `node bench/push.ts [pushes]
 * [batches at once]`. Batches of 500, as the outbox delivers them. To Google itself TLS comes on top, and its distance.
 */
const [pushes = 20_000, batchesAtOnce = 4] = process.argv.slice(2).map(Number);
const batchSize = 500;

const messageOf = (index: number): PushMessage => ({
  token: `${String(index).padStart(22, 'd')}:APA91b${'x'.repeat(134)}`,
  title: 'New job near you: Repaint a kitchen',
  body: 'Two walls and the ceiling, about 30 square metres, in Vienna. Up to €450.00.',
  data: {
    type: 'job.posted',
    notificationId: 'ntf_5qZr8Vb2NfK0tXy7WcL3mD',
    jobId: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
    route: '/jobs/job_5qZr8Vb2NfK0tXy7WcL3mD',
    unread: '4',
  },
  channel: 'jobs',
  tag: 'ntf_5qZr8Vb2NfK0tXy7WcL3mD',
  thread: 'job_5qZr8Vb2NfK0tXy7WcL3mD',
  isUrgent: false,
  badge: 4,
  count: 1,
  sentAt: new Date(),
  lifeMs: 86_400_000,
});

const child = await startChild<FcmConfig>('push/serve-fcm.ts', {});
const sender = createPushSender(child.started);
/** How many were taken. */
async function send(total: number): Promise<number> {
  let begun = 0;
  let sent = 0;
  const work = async () => {
    while (begun < total) {
      const from = begun;
      begun += batchSize;
      const batch = Array.from({ length: Math.min(batchSize, total - from) }, (_one, at) =>
        messageOf(from + at),
      );
      const outcomes = await sender.send(batch);
      sent += outcomes.filter(({ kind }) => kind === 'sent').length;
    }
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, work));
  return sent;
}

await send(2 * batchSize);
const childBefore = (await processorTimeOf(child.pid)) ?? 0;
const [cpuBefore, startedAt] = [process.cpuUsage(), performance.now()];
const sent = await send(pushes);
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const childMs = ((await processorTimeOf(child.pid)) ?? 0) - childBefore;
console.log(`${sent} of ${pushes} pushes in ${seconds.toFixed(1)} s: ${Math.round(sent / seconds)} a second`);
console.log(
  `CPU µs a push: ${Math.round((user + system) / pushes)} of the sender, ${Math.round((childMs * 1000) / pushes)} of the stand-in`,
);
console.log(
  `load of the machine: ${loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')}`,
);
await sender.close();
await child.stop();
