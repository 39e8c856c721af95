import type { Kind } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

/** What is wrong with a control request, told to whoever sent it. */
export class ControlError extends Error {}

/** The id, if there is such an object; otherwise a message rather than a fault of the sandbox. */
export function existing(tx: Transaction, kind: Kind, id: string): string {
  const record = tx.find(kind, id);
  const gone = record?.kind === 'account' && (record.hidden as { gone?: string }).gone !== undefined;
  if (record !== undefined && !gone) return id;
  throw new ControlError(`The sandbox has no ${kind} '${id}'`);
}
