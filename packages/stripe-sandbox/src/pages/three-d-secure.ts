import type { ServerResponse } from 'node:http';
import type { Parts } from '../control/parts.ts';
import { formatAmount } from '../money/currencies.ts';
import { finishAuthentication } from '../payment-intents/authenticate.ts';
import { finishSetup } from '../setup-intents/confirm.ts';
import type { Stored } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Html, html, redirect, sendPage } from './html.ts';

type Intent = Stored<'payment_intent'> | Stored<'setup_intent'>;

function findIntent(tx: Transaction, id: string): Intent | undefined {
  return tx.find('payment_intent', id) ?? tx.find('setup_intent', id);
}

function question(intent: Intent): Html {
  if (intent.kind === 'setup_intent') return html`The bank asks whether you want this card to be saved.`;
  const { amount, currency } = intent.data as Stored<'payment_intent'>['data'];
  return html`The bank asks whether you want to pay <strong>${formatAmount(amount, currency)}</strong>.`;
}

/** Where the payer goes on, with what Stripe adds to the address. Only web and app addresses. */
function wayBack(intent: Intent, outcome: 'succeeded' | 'failed'): string | undefined {
  const address = intent.hidden.returnUrl;
  if (typeof address !== 'string' || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol === 'javascript:' || url.protocol === 'data:') return undefined;
  url.searchParams.set(intent.kind, intent.id);
  url.searchParams.set(`${intent.kind}_client_secret`, intent.data.client_secret);
  url.searchParams.set('redirect_status', outcome);
  return url.toString();
}

function sendDone(response: ServerResponse, intent: Intent, outcome: 'succeeded' | 'failed'): void {
  const address = wayBack(intent, outcome);
  if (address !== undefined) {
    redirect(response, address);
    return;
  }
  const content = html`<main class="narrow"><h1>Authentication ${outcome}</h1><p>You can close this page.</p></main>`;
  sendPage(response, '3D Secure', content);
}

/** The bank's page: a person says whether it is they who pay. */
export async function showAuthentication(parts: Parts, response: ServerResponse, id: string): Promise<void> {
  const intent = findIntent(await parts.engine.view(), id);
  if (intent === undefined) return sendPage(response, 'Not found', html`<h1>No such payment</h1>`, 404);
  if (intent.data.status !== 'requires_action') {
    const over = html`<main class="narrow"><h1>Nothing to do</h1><p>This payment does not wait for authentication
      (status: ${intent.data.status}).</p></main>`;
    return sendPage(response, '3D Secure', over);
  }
  const path = `/_sandbox/3ds/${id}`;
  const content = html`<main class="narrow"><h1>3D Secure test page</h1>
    <p>${question(intent)}</p>
    <form method="post" action="${path}/complete"><button>Complete authentication</button></form>
    <form method="post" action="${path}/fail"><button class="plain">Fail authentication</button></form>
    <p class="note">Stripe sandbox. No real card is charged.</p></main>`;
  sendPage(response, '3D Secure', content);
}

export async function submitAuthentication(
  parts: Parts,
  response: ServerResponse,
  id: string,
  button: string,
): Promise<void> {
  const view = await parts.engine.view();
  const known = findIntent(view, id);
  if (known === undefined) return sendPage(response, 'Not found', html`<h1>No such payment</h1>`, 404);
  // Pressing twice, or going back: the first press counts.
  if (known.data.status !== 'requires_action') {
    return sendDone(response, known, known.data.status === 'succeeded' ? 'succeeded' : 'failed');
  }
  const outcome = button === 'complete' ? 'succeed' : 'fail';
  const intent = await parts.engine.transact(
    (tx): Intent =>
      known.kind === 'setup_intent' ? finishSetup(tx, id, outcome) : finishAuthentication(tx, id, outcome),
  );
  const succeeded = intent.data.status === 'succeeded' || intent.data.status === 'requires_capture';
  sendDone(response, intent, succeeded ? 'succeeded' : 'failed');
}
