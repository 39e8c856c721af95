import { newId } from '../engine/ids.ts';
import type { Transaction } from '../store/transaction.ts';

/** The next `times` events of the type are sent `copies` times; none at all is a loss. */
export type Rule = { type: string; copies: number; times: number };

const prefix = 'webhook_rule/';
const counter = 'webhook_rules';

function count(tx: Transaction): number {
  return Number(tx.find('setting', counter)?.data.value ?? 0);
}

function setCount(tx: Transaction, value: number): void {
  if (tx.find('setting', counter) === undefined)
    tx.insert('setting', { id: counter, account: '', data: { value }, hidden: {} });
  else tx.edit('setting', counter).data.value = value;
}

export function storeRule(tx: Transaction, rule: Rule): void {
  const value = JSON.stringify(rule);
  tx.insert('setting', { id: `${prefix}${newId('rule')}`, account: '', data: { value }, hidden: {} });
  setCount(tx, count(tx) + 1);
}

/** How often an event of this type is sent: once, unless a rule says otherwise, which is used up by it. */
export function copiesOf(tx: Transaction, type: string): number {
  if (count(tx) === 0) return 1;
  for (const { id, data } of tx.all('setting')) {
    if (!id.startsWith(prefix)) continue;
    const rule = JSON.parse(String(data.value)) as Rule;
    if (rule.type !== type && rule.type !== '*') continue;
    if (rule.times <= 1) {
      tx.remove('setting', id);
      setCount(tx, count(tx) - 1);
    } else tx.edit('setting', id).data.value = JSON.stringify({ ...rule, times: rule.times - 1 });
    return rule.copies;
  }
  return 1;
}
