import { randomText } from '../engine/ids.ts';
import { hostedPrefix } from '../engine/platform.ts';
import type { Call } from '../http/endpoint.ts';
import { invalidRequest } from '../http/errors.ts';
import { objectOf, textOf } from '../http/parameters.ts';
import { isObject, type JsonObject } from '../json.ts';
import { findAccount } from './find.ts';

const lifetimeMs = 5 * 60 * 1000;

function webAddress(call: Call, name: string): string {
  const url = textOf(call.params, name);
  if (url === undefined) {
    throw invalidRequest(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name });
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: name });
  return url;
}

/** POST /v1/account_links */
export function createAccountLink(call: Call): JsonObject {
  const account = findAccount(call, textOf(call.params, 'account') ?? '');
  const collects = account.data.controller.requirement_collection;
  if (call.params.type === 'account_update' && collects !== 'application') {
    throw invalidRequest('You cannot create `account_update` type Account Links for this account.', {
      param: 'type',
    });
  }
  const token = randomText(24);
  const expiresMs = call.tx.nowMs + lifetimeMs;
  call.tx.insert('onboarding', {
    id: token,
    account: account.id,
    data: {
      account: account.id,
      returnUrl: webAddress(call, 'return_url'),
      refreshUrl: webAddress(call, 'refresh_url'),
      expiresMs,
      used: false,
    },
    hidden: {},
  });
  return {
    object: 'account_link',
    created: call.tx.now,
    expires_at: Math.floor(expiresMs / 1000),
    url: `${hostedPrefix}/_sandbox/onboarding/${token}`,
  };
}

/** POST /v1/accounts/{id}/login_links */
export function createLoginLink(call: Call): JsonObject {
  const account = findAccount(call, call.ids[0] ?? '');
  const dashboard = objectOf(account.data.controller, 'stripe_dashboard');
  if (!isObject(dashboard) || dashboard.type !== 'express') {
    throw invalidRequest(
      'Cannot create a login link for an account that does not use the Express Dashboard.',
    );
  }
  if (!account.data.details_submitted) {
    throw invalidRequest('Cannot create a login link for an account that has not completed onboarding.');
  }
  return {
    object: 'login_link',
    created: call.tx.now,
    url: `${hostedPrefix}/_sandbox/express/${account.id}`,
  };
}
