import type { ServerResponse } from 'node:http';
import type { Control } from '../control/control.ts';
import { ControlError } from '../control/existing.ts';
import type { Parts } from '../control/parts.ts';
import { html, redirect, sendPage } from './html.ts';

type Action = (id: string, form: URLSearchParams) => Promise<unknown>;

const hourMs = 60 * 60 * 1000;
const maximumHours = 24 * 366;

function hoursOf(form: URLSearchParams): number {
  const hours = Number(form.get('hours'));
  if (hours > 0 && hours <= maximumHours) return hours;
  throw new ControlError(`The hours must be a number up to ${maximumHours}`);
}

function outcomeOf(form: URLSearchParams): 'won' | 'lost' | 'warning_closed' {
  const outcome = form.get('outcome');
  if (outcome === 'won' || outcome === 'lost' || outcome === 'warning_closed') return outcome;
  throw new ControlError('The outcome must be won, lost or warning_closed');
}

/** What the buttons of the page at the root do. */
function actionsOf(parts: Parts, control: Control): Record<string, Action> {
  return {
    advance: (_id, form) => parts.clock.advance(hoursOf(form) * hourMs),
    'hold-webhooks': () => control.holdWebhooks(),
    'release-webhooks': () => control.releaseWebhooks(),
    'resend-event': (id) => control.duplicateWebhook(id),
    'open-dispute': (id) => control.openDispute(id),
    'open-inquiry': (id) => control.openDispute(id, { inquiry: true }),
    'resolve-dispute': (id, form) => control.resolveDispute(id, outcomeOf(form)),
    'escalate-inquiry': (id) => control.escalateInquiry(id),
    'fail-refund': (id) => control.failRefund(id),
    'fail-payout': (id) => control.failPayout(id),
    'complete-account': (id) => control.completeOnboarding(id),
    'restrict-account': (id) => control.changeAccount(id, 'restricted'),
    'reject-account': (id) => control.changeAccount(id, 'rejected'),
    'restore-account': (id) => control.changeAccount(id, 'complete'),
    'deauthorize-account': (id) => control.deauthorizeAccount(id),
  };
}

/** Presses a button and shows the page again, or says why nothing happened. */
export async function submitAction(
  parts: Parts,
  control: Control,
  response: ServerResponse,
  name: string,
  form: URLSearchParams,
): Promise<void> {
  const actions = actionsOf(parts, control);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) return sendPage(response, 'Not found', html`<h1>No such button</h1>`, 404);
  try {
    await action(form.get('id') ?? '', form);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const content = html`<h1>That did not work</h1><p>${reason}</p><p><a href="/">Back</a></p>`;
    return sendPage(response, 'Stripe sandbox', content, 409);
  }
  redirect(response, '/');
}
