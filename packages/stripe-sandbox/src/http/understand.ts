import type { IncomingMessage } from 'node:http';
import { newId } from '../engine/ids.ts';
import { platformId } from '../engine/platform.ts';
import { findRoute, type Route } from '../schema/routes.ts';
import { authenticate } from './authenticate.ts';
import { invalidRequest } from './errors.ts';
import { canonical, type Form, parseForm } from './form.ts';
import { readMultipart, type Upload } from './multipart.ts';

/** A request before its parameters are looked at. */
export type Understood = {
  requestId: string;
  route: Route;
  name: string;
  pathname: string;
  key: string;
  publishable: boolean;
  account: string;
  accountHeader: string | null;
  idempotencyKey: string | null;
  fingerprint: string;
  form: Form;
  upload: Upload | undefined;
};

const legacyParameter = 'payment_method_types';
const intentPaths = /^\/v1\/(payment|setup)_intents/;

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

type Sent = { form: Form; upload?: Upload | undefined };

function sentWith(request: IncomingMessage, url: URL, body: string): Sent {
  const form = parseForm(url.search);
  if (request.method !== 'POST' || body === '') return { form };
  const type = request.headers['content-type'] ?? 'application/x-www-form-urlencoded';
  if (type.startsWith('multipart/form-data')) {
    const { fields, upload } = readMultipart(type, body);
    const named = upload === undefined ? fields : [...fields, ['file', upload.digest] as [string, string]];
    return { form: parseForm(new URLSearchParams(named).toString(), form), upload };
  }
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw invalidRequest(`Invalid request body: the Content-Type ${type} is not served by the sandbox.`);
  }
  return { form: parseForm(body, form) };
}

function refuseLegacy(pathname: string, method: string, form: Form): void {
  if (method !== 'POST' || !intentPaths.test(pathname) || form[legacyParameter] === undefined) return;
  throw invalidRequest(
    `The parameter \`${legacyParameter}\` is no longer supported. Use \`allowed_payment_method_types\` to restrict the ` +
      'payment methods of an intent.',
    { code: 'payment_method_types_no_longer_supported', param: legacyParameter },
  );
}

/** Reads who asks for what. Throws for a bad key and for what is not in Stripe's API. */
export function understand(request: IncomingMessage, url: URL, body: string, requestId: string): Understood {
  const { key, publishable } = authenticate(request);
  const method = request.method ?? 'GET';
  const route = findRoute(method, url.pathname);
  if (route === undefined) {
    throw invalidRequest(
      `Unrecognized request URL (${method}: ${url.pathname}). Please see https://stripe.com/docs or we can help at ` +
        'https://support.stripe.com/.',
      {},
      404,
    );
  }
  const { form, upload } = sentWith(request, url, body);
  refuseLegacy(url.pathname, method, form);
  const accountHeader = headerOf(request, 'stripe-account');
  return {
    requestId,
    route,
    name: `${method} ${route.path}`,
    pathname: url.pathname,
    key,
    publishable,
    account: accountHeader ?? platformId,
    accountHeader,
    idempotencyKey: method === 'POST' ? headerOf(request, 'idempotency-key') : null,
    fingerprint: `${method} ${url.pathname} ${canonical(form)}`,
    form,
    upload,
  };
}

export function newRequestId(): string {
  return newId('req', 14);
}
