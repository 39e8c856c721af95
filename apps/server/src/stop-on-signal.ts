import type { Logger } from 'pino';

const limitMs = 20_000;
// A terminal's Ctrl-C reaches us directly and again through the parent: that is one request to stop, not two.
const repeatMs = 1_000;

/** Stops gracefully on the first signal, or when the process that started us dies; at once on a later signal. */
export function stopOnSignal(log: Logger, stop: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const onSignal = (reason: string) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > repeatMs) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    console.log(`\nStopping (${reason}) …`);
    setTimeout(() => {
      log.error('stopping took too long');
      process.exit(1);
    }, limitMs).unref();
    stop().then(
      () => process.exit(0),
      (error) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal(signal));
  process.on('disconnect', () => onSignal('the parent process ended'));
}
