import type { ServerResponse } from 'node:http';
import { completeOnboarding, goodBankAccount } from '../accounts/onboarding.ts';
import type { Parts } from '../control/parts.ts';
import { failingBankAccounts } from '../payouts/failures.ts';
import type { Transaction } from '../store/transaction.ts';
import { type Html, html, redirect, sendPage } from './html.ts';

type Link = { account: string; returnUrl: string | null; refreshUrl: string | null };

/** The link behind a token while it can be used; otherwise where to get a new one. */
function usable(tx: Transaction, token: string): { link?: Link; refreshUrl?: string | null } {
  const record = tx.find('onboarding', token);
  if (record === undefined) return {};
  const { data } = record;
  if (data.used || data.expiresMs <= tx.nowMs) return { refreshUrl: data.refreshUrl };
  return { link: data };
}

function sendExpired(response: ServerResponse, refreshUrl: string | null | undefined): void {
  if (typeof refreshUrl === 'string') redirect(response, refreshUrl);
  else sendPage(response, 'Not found', html`<h1>This link is not valid</h1>`, 404);
}

function bankChoices(): Html {
  const failing = failingBankAccounts.map(
    ([number, code]) => html`<option value="${number}">${number} (payouts fail: ${code})</option>`,
  );
  return html`<select name="bank_account_number">
    <option value="${goodBankAccount}">${goodBankAccount} (payouts arrive)</option>
    <option value="000888888883">000888888883 (no instant payouts)</option>${failing}</select>`;
}

/** The form Stripe's hosted onboarding comes down to, filled in with data that works. */
export async function showOnboarding(parts: Parts, response: ServerResponse, token: string): Promise<void> {
  const view = await parts.engine.view();
  const { link, refreshUrl } = usable(view, token);
  if (link === undefined) return sendExpired(response, refreshUrl);
  const account = view.find('account', link.account)?.data;
  if (account === undefined) return sendExpired(response, null);
  const email = typeof account.email === 'string' ? account.email : '';
  const content = html`<main class="narrow"><h1>Get paid</h1>
    <p>Account <code>${account.id}</code> ${email} · ${account.country}, ${account.default_currency}</p>
    <form method="post" action="/_sandbox/onboarding/${token}">
      <label>First name <input name="first_name" value="Jenny" required maxlength="100"></label>
      <label>Last name <input name="last_name" value="Rosen" required maxlength="100"></label>
      <label>Bank account ${bankChoices()}</label>
      <p class="note">By submitting you accept the terms of this test page. Stripe sandbox: no real bank is involved.</p>
      <button>Submit</button></form></main>`;
  sendPage(response, 'Onboarding', content);
}

export async function submitOnboarding(
  parts: Parts,
  response: ServerResponse,
  token: string,
  form: URLSearchParams,
): Promise<void> {
  const result = await parts.engine.transact((tx) => {
    const { link, refreshUrl } = usable(tx, token);
    if (link === undefined || tx.find('account', link.account) === undefined) return { refreshUrl };
    tx.edit('onboarding', token).data.used = true;
    const field = (name: string, fallback: string): string => (form.get(name) ?? '').trim() || fallback;
    completeOnboarding(tx, link.account, {
      bankAccountNumber: field('bank_account_number', goodBankAccount),
      firstName: field('first_name', 'Jenny'),
      lastName: field('last_name', 'Rosen'),
    });
    return { returnUrl: link.returnUrl };
  });
  if (typeof result.returnUrl !== 'string') return sendExpired(response, result.refreshUrl);
  redirect(response, result.returnUrl);
}
