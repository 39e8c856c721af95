import type { Task } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { newId } from './ids.ts';

export type TaskHandler = (transaction: Transaction, subject: string) => void;

/**
 * Has something done at a moment of the sandbox's time. `soon` marks what real Stripe does a blink after the
 * answer: waiting for the sandbox to settle includes it.
 */
export function schedule(tx: Transaction, task: Omit<Task, 'soon'> & { soon?: boolean }): void {
  tx.insert('task', {
    id: newId('task'),
    account: task.account,
    data: { ...task, soon: task.soon ?? false },
    hidden: {},
  });
}

/** The task due first, by time and then by age. */
export function nextTask(tx: Transaction): { id: string; task: Task } | undefined {
  let first: { id: string; task: Task } | undefined;
  for (const { id, data } of tx.all('task')) {
    if (first === undefined || data.dueMs < first.task.dueMs) first = { id, task: data };
  }
  return first;
}

/** Does what is due, in order of time, at most `limit` tasks. Each sees the time it was due at or later. */
export function runDueTasks(
  tx: Transaction,
  untilMs: number,
  handlers: Record<string, TaskHandler>,
  limit: number,
): number {
  let done = 0;
  while (done < limit) {
    const next = nextTask(tx);
    if (next === undefined || next.task.dueMs > untilMs) break;
    tx.remove('task', next.id);
    const handler = handlers[next.task.name];
    if (handler === undefined) throw new Error(`The sandbox has no task named ${next.task.name}`);
    handler(tx, next.task.subject);
    done += 1;
  }
  return done;
}
