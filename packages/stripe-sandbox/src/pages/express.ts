import type { ServerResponse } from 'node:http';
import type { Parts } from '../control/parts.ts';
import { formatAmount } from '../money/currencies.ts';
import { html, sendPage } from './html.ts';
import { code, table, time } from './table.ts';

/** What a login link leads to: an account's own balance and payouts. */
export async function showExpress(parts: Parts, response: ServerResponse, id: string): Promise<void> {
  const tx = await parts.engine.view();
  if (tx.find('account', id) === undefined)
    return sendPage(response, 'Not found', html`<h1>No such account</h1>`, 404);
  const lines = tx.all('balance').filter((balance) => balance.account === id);
  const rows = lines.map(({ data }) => [
    formatAmount(data.available, data.currency),
    formatAmount(data.pending, data.currency),
  ]);
  const payouts = tx
    .all('payout')
    .filter((payout) => payout.account === id)
    .reverse();
  const payoutRows = payouts.map((payout) => [
    code(payout.id),
    formatAmount(payout.data.amount, payout.data.currency),
    payout.data.status,
    time(payout.data.arrival_date),
  ]);
  const content = html`<h1>Express dashboard</h1><p>${code(id)}</p><h2>Balance</h2>${table(['Available', 'Pending'], rows)}
    <h2>Payouts</h2>${table(['Payout', 'Amount', 'Status', 'Arrives'], payoutRows)}`;
  sendPage(response, 'Express dashboard', content);
}
