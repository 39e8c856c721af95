import type { ServerResponse } from 'node:http';
import type { Parts } from '../control/parts.ts';
import { listDeliveries } from '../control/webhooks.ts';
import { whyUndisputable } from '../disputes/open.ts';
import { isOpen } from '../disputes/resolve.ts';
import { platformId } from '../engine/platform.ts';
import { books } from '../ledger/dump.ts';
import { formatAmount } from '../money/currencies.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Html, html, sendPage } from './html.ts';
import { button, type Cell, code, table, time } from './table.ts';

const shown = 25;

function newest<T>(records: T[]): T[] {
  return records.slice(-shown).reverse();
}

function nameOf(account: string): Cell {
  return account === platformId ? 'platform' : code(account);
}

function balances(tx: Transaction): Html {
  const rows = tx
    .all('balance')
    .map(({ account, data }) => [
      nameOf(account),
      formatAmount(data.available, data.currency),
      formatAmount(data.pending, data.currency),
    ]);
  return table(['Account', 'Available', 'Pending'], rows);
}

function bookTable(tx: Transaction): Html {
  const rows = books(tx).map((book) => [
    book.currency,
    ...[book.platform, book.connected, book.cards, book.banks, book.stripe_fees, book.sum].map((amount) =>
      formatAmount(amount, book.currency),
    ),
  ]);
  return table(['Currency', 'Platform', 'Connected', 'Cards', 'Banks', 'Stripe', 'Sum'], rows);
}

function accountButtons({ id, hidden }: Stored<'account'>): Html[] {
  if (hidden.gone !== undefined) return [];
  const restore = button('restore-account', 'restore', id);
  if (hidden.stage === 'new') return [button('complete-account', 'complete', id)];
  const change = hidden.stage === 'complete' ? button('restrict-account', 'restrict', id) : restore;
  return [change, button('reject-account', 'reject', id), button('deauthorize-account', 'deauthorize', id)];
}

function accounts(tx: Transaction): Html {
  const connected = tx.all('account').filter(({ id }) => id !== platformId);
  const rows = newest(connected).map((account) => [
    code(account.id),
    String(account.data.email ?? ''),
    account.data.country,
    account.data.capabilities.transfers ?? 'not requested',
    account.hidden.gone ?? (account.data.payouts_enabled ? 'yes' : 'no'),
    html`${accountButtons(account)}`,
  ]);
  return table(['Account', 'E-mail', 'Country', 'Transfers', 'Payouts', ''], rows);
}

function paymentCell(tx: Transaction, { id, data }: Stored<'payment_intent'>): Cell {
  if (data.status === 'requires_action') return html`<a href="/_sandbox/3ds/${id}">authenticate</a>`;
  if (data.status !== 'succeeded' || typeof data.latest_charge !== 'string') return '';
  // A button that could only be refused is none.
  const reason = whyUndisputable(tx, data.latest_charge);
  if (reason !== undefined) return html`<span class="note">${reason}</span>`;
  return html`${[button('open-dispute', 'dispute', id), button('open-inquiry', 'inquiry', id)]}`;
}

function payments(tx: Transaction): Html {
  const rows = newest(tx.all('payment_intent')).map((intent) => [
    code(intent.id),
    formatAmount(intent.data.amount, intent.data.currency),
    intent.data.status,
    time(intent.data.created),
    paymentCell(tx, intent),
  ]);
  return table(['Payment', 'Amount', 'Status', 'Created', ''], rows);
}

function disputeCell(dispute: Stored<'dispute'>): Cell {
  const { id, data } = dispute;
  if (!isOpen(dispute)) return '';
  const buttons = data.status.startsWith('warning_')
    ? [button('escalate-inquiry', 'escalate', id), button('resolve-dispute', 'close', id, 'warning_closed')]
    : [button('resolve-dispute', 'won', id, 'won'), button('resolve-dispute', 'lost', id, 'lost')];
  return html`${buttons}`;
}

function disputes(tx: Transaction): Html {
  const rows = newest(tx.all('dispute')).map((dispute) => [
    code(dispute.id),
    formatAmount(dispute.data.amount, dispute.data.currency),
    String(dispute.data.reason),
    dispute.data.status,
    time(dispute.data.evidence_details.due_by),
    disputeCell(dispute),
  ]);
  return table(['Dispute', 'Amount', 'Reason', 'Status', 'Answer by', ''], rows);
}

function refunds(tx: Transaction): Html {
  const ours = tx.all('refund').filter(({ account }) => account === platformId);
  const rows = newest(ours).map(({ id, data }) => [
    code(id),
    formatAmount(data.amount, data.currency),
    data.status,
    String(data.failure_reason ?? data.pending_reason ?? ''),
    data.status === 'pending' || data.status === 'succeeded' ? button('fail-refund', 'fail', id) : '',
  ]);
  return table(['Refund', 'Amount', 'Status', 'Reason', ''], rows);
}

function transfers(tx: Transaction): Html {
  const rows = newest(tx.all('transfer')).map(({ id, data }) => [
    code(id),
    formatAmount(data.amount, data.currency),
    code(data.destination),
    data.amount_reversed > 0 ? formatAmount(data.amount_reversed, data.currency) : '',
    time(data.created),
  ]);
  return table(['Transfer', 'Amount', 'To', 'Reversed', 'Created'], rows);
}

function payouts(tx: Transaction): Html {
  const rows = newest(tx.all('payout')).map(({ id, account, data }) => [
    code(id),
    formatAmount(data.amount, data.currency),
    nameOf(account),
    data.automatic ? 'automatic' : 'manual',
    data.status,
    time(data.arrival_date),
    data.status === 'failed' || data.status === 'canceled' ? '' : button('fail-payout', 'fail', id),
  ]);
  return table(['Payout', 'Amount', 'From', 'Made', 'Status', 'Arrives', ''], rows);
}

function webhooks(tx: Transaction): Html {
  const rows = listDeliveries(tx, shown).map((delivery) => [
    code(String(delivery.event)),
    String(delivery.type),
    String(delivery.url ?? ''),
    String(delivery.state),
    Array.isArray(delivery.attempts) ? delivery.attempts.length : 0,
    button('resend-event', 'send again', String(delivery.event)),
  ]);
  return table(['Event', 'Type', 'Endpoint', 'State', 'Attempts', ''], rows);
}

function clockForm(): Html {
  return html`<form class="row" method="post" action="/_sandbox/page/advance">
    <label>Advance the clock by <input name="hours" type="number" value="72" min="0.01" step="any" required> hours</label>
    <button>Advance</button></form>`;
}

/** The page at the root: what the sandbox holds, and the buttons of the control plane. */
export async function showOverview(parts: Parts, response: ServerResponse): Promise<void> {
  const tx = await parts.engine.view();
  const hold = parts.deliverer.held()
    ? html`Webhooks are held. ${button('release-webhooks', 'release them')}`
    : button('hold-webhooks', 'hold webhooks');
  const content = html`<h1>Stripe sandbox</h1>
    <p>Sandbox time: <strong>${parts.clock.now().toISOString()}</strong> · <a href="/_sandbox/ledger">Ledger</a> ·
      <a href="/_sandbox/webhooks">Deliveries</a></p>
    ${clockForm()}
    <h2>Balances</h2>${balances(tx)}<h2>Books</h2>${bookTable(tx)}<h2>Accounts</h2>${accounts(tx)}
    <h2>Payments</h2>${payments(tx)}<h2>Disputes</h2>${disputes(tx)}<h2>Refunds</h2>${refunds(tx)}
    <h2>Transfers</h2>${transfers(tx)}<h2>Payouts</h2>${payouts(tx)}<h2>Recent webhooks</h2><div class="row">${hold}</div>${webhooks(tx)}`;
  // Only here: other pages send the payer on to addresses of the shop.
  sendPage(response, 'Stripe sandbox', content, 200, "; form-action 'self'");
}
