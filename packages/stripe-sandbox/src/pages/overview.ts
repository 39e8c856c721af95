import type { ServerResponse } from 'node:http';
import type { Parts } from '../control/parts.ts';
import { listDeliveries } from '../control/webhooks.ts';
import { platformId } from '../engine/platform.ts';
import { formatAmount } from '../money/currencies.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Html, html, sendPage } from './html.ts';

const shown = 25;

function table(headings: string[], rows: (string | number | Html)[][]): Html {
  if (rows.length === 0) return html`<p class="note">None yet.</p>`;
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`);
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function code(text: string): Html {
  return html`<code>${text}</code>`;
}

function time(seconds: unknown): string {
  return typeof seconds === 'number'
    ? new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19)
    : '';
}

function balances(tx: Transaction): Html {
  const rows = tx
    .all('balance')
    .map(({ account, data }) => [
      account === platformId ? 'platform' : code(account),
      formatAmount(data.available, data.currency),
      formatAmount(data.pending, data.currency),
    ]);
  return table(['Account', 'Available', 'Pending'], rows);
}

function accounts(tx: Transaction): Html {
  const connected = tx.all('account').filter(({ id }) => id !== platformId);
  const rows = connected
    .slice(-shown)
    .reverse()
    .map(({ id, data }) => [
      code(id),
      String(data.email ?? ''),
      data.country,
      data.capabilities.transfers ?? 'not requested',
      data.payouts_enabled ? 'yes' : 'no',
    ]);
  return table(['Account', 'E-mail', 'Country', 'Transfers', 'Payouts enabled'], rows);
}

function payments(tx: Transaction): Html {
  const rows = tx
    .all('payment_intent')
    .slice(-shown)
    .reverse()
    .map(({ id, data }) => [
      code(id),
      formatAmount(data.amount, data.currency),
      data.status,
      time(data.created),
      data.status === 'requires_action' ? html`<a href="/_sandbox/3ds/${id}">authenticate</a>` : '',
    ]);
  return table(['Payment', 'Amount', 'Status', 'Created', ''], rows);
}

function movements(tx: Transaction): Html {
  const moved = [...tx.all('transfer'), ...tx.all('payout')].sort((a, b) => b.seq - a.seq).slice(0, shown);
  const rows = moved.map(({ id, kind, account, data }) => [
    code(id),
    kind,
    formatAmount(data.amount, data.currency),
    kind === 'payout' ? `from ${account}` : `to ${data.destination}`,
    String(data.status ?? ''),
    time(data.created),
  ]);
  return table(['Movement', 'Kind', 'Amount', '', 'Status', 'Created'], rows);
}

function webhooks(tx: Transaction): Html {
  const rows = listDeliveries(tx, shown).map((delivery) => {
    const attempts = Array.isArray(delivery.attempts) ? delivery.attempts.length : 0;
    return [
      code(String(delivery.event)),
      String(delivery.type),
      String(delivery.url ?? ''),
      String(delivery.state),
      attempts,
    ];
  });
  return table(['Event', 'Type', 'Endpoint', 'State', 'Attempts'], rows);
}

/** The page at the root: what the sandbox holds. */
export async function showOverview(parts: Parts, response: ServerResponse): Promise<void> {
  const tx = await parts.engine.view();
  const held = parts.deliverer.held() ? ' Webhooks are held.' : '';
  const content = html`<h1>Stripe sandbox</h1>
    <p>Sandbox time: ${parts.clock.now().toISOString()}.${held} <a href="/_sandbox/ledger">Ledger</a> ·
      <a href="/_sandbox/webhooks">Deliveries</a></p>
    <h2>Balances</h2>${balances(tx)}<h2>Accounts</h2>${accounts(tx)}<h2>Payments</h2>${payments(tx)}
    <h2>Transfers and payouts</h2>${movements(tx)}<h2>Recent webhooks</h2>${webhooks(tx)}`;
  sendPage(response, 'Stripe sandbox', content);
}

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
