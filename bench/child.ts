import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export type Server = { name: string; pid: number; url: string; stop(): Promise<void> };

/** What a process holds after it has collected its garbage, in bytes. */
export type Memory = Pick<NodeJS.MemoryUsage, 'rss' | 'heapUsed' | 'external'>;

export type Child<Started> = {
  pid: number;
  started: Started;
  /** Asks the process itself for what it understands. One question at a time. */
  ask<Answer>(question: unknown): Promise<Answer>;
  memory(): Promise<Memory>;
  stop(): Promise<void>;
};

/**
 * Starts a file of this folder; `settings` come to it as JSON. It sends its first message when it listens, and ends
 * when the channel is closed, so that it does not outlive us. Throws if it ends before.
 */
export async function startChild<Started>(file: string, settings: unknown): Promise<Child<Started>> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [JSON.stringify(settings)], { execArgv: [...process.execArgv, '--expose-gc'] });
  const exited = once(child, 'exit');
  const nextMessage = async () => {
    const ended = exited.then(([code]) => {
      throw new Error(`${file} ended with ${code} instead of answering`);
    });
    return ((await Promise.race([once(child, 'message'), ended])) as unknown[])[0];
  };
  const started = (await nextMessage()) as Started;
  const ask = <Answer>(question: unknown) => {
    const answer = nextMessage();
    child.send(question as string);
    return answer as Promise<Answer>;
  };
  const memory = () => ask<Memory>('memory');
  return { pid: child.pid!, started, ask, memory, stop: () => stop(child, exited) };
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.connected) child.disconnect();
  await exited;
}

/** In the child: what the parent gave. */
export const settingsOf = <Settings>(): Settings => JSON.parse(process.argv[2]!) as Settings;

/**
 * In the child: tells the parent that it listens, answers its questions, by default with what memory it has, and closes when
 * the parent lets go.
 */
export function serveUntilLeft(
  started: unknown,
  close: () => Promise<void>,
  answer: (question: unknown) => Promise<unknown> = memoryInUse,
): void {
  process.send!(started);
  process.on('message', async (question) => process.send!(await answer(question)));
  process.once('disconnect', () => void close().then(() => process.exit(0)));
}

async function memoryInUse(): Promise<Memory> {
  // What has only just become garbage may take a second look.
  globalThis.gc!();
  globalThis.gc!();
  return process.memoryUsage();
}

/** The most memory that the process had at a time since `forgetPeak`, in bytes; undefined where there is no /proc. */
export async function peakOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** From now on the peak counts from what the process has now. */
export const forgetPeak = (pid: number): Promise<void> =>
  writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);

/** The processor time that all threads of the process took so far, in ms; undefined where there is no /proc. */
export async function processorTimeOf(pid: number): Promise<number | undefined> {
  const fields = await statOf(pid);
  if (fields === undefined) return undefined;
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** The same of a process together with all its children, those that have ended included: of a PostgreSQL, say. */
export async function processorTimeOfFamily(pid: number): Promise<number | undefined> {
  const own = await statOf(pid);
  if (own === undefined) return undefined;
  let ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(own[index]), 0);
  for (const name of await readdir('/proc')) {
    const fields = /^\d+$/.test(name) ? await statOf(Number(name)) : undefined;
    if (Number(fields?.[1]) === pid) ticks += Number(fields![11]) + Number(fields![12]);
  }
  return ticks * msPerTick;
}

const msPerTick = 10;

/** The fields of /proc/<pid>/stat from the third on, which is the state. */
async function statOf(pid: number): Promise<string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The program's name before it may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.length < 15 ? undefined : fields;
}
