import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { afterEach, expect } from 'vitest';
import { type SandboxOptions, type StripeSandbox, startStripeSandbox } from '../src/index.ts';
import type { Json, JsonObject } from '../src/json.ts';
import { conformanceProblems } from '../src/schema/conformance.ts';
import { api, responseOf } from '../src/schema/description.ts';
import { findRoute } from '../src/schema/routes.ts';

export type Received = { headers: IncomingHttpHeaders; body: string; event: Stripe.Event };

export type Receiver = {
  url: string;
  received: Received[];
  types: () => string[];
  /** What to answer; 200 until told otherwise. */
  answer: (received: Received) => number;
  close: () => Promise<void>;
};

export type Reachable = Pick<StripeSandbox, 'url' | 'secretKey'>;

export type World = { sandbox: StripeSandbox; stripe: Stripe; problems: string[] };

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

export function onTeardown(close: () => Promise<void>): void {
  open.push(close);
}

function eventProblems(event: JsonObject): string[] {
  const data = event.data as JsonObject;
  const described = api['x-stripe-events'][String(event.type)];
  if (described === undefined) return [`${event.type} is not an event type of the API description`];
  const schema = api.components.schemas.EventBase ?? {};
  return [
    ...conformanceProblems(schema, event, String(event.type)),
    ...conformanceProblems(described.object, data.object ?? null, `${event.type}.data.object`),
  ];
}

/** What is wrong with an answer by the API description: its shape, and that of every event in it. */
export function answerProblems(method: string, pathname: string, status: number, body: Json): string[] {
  if (status !== 200) return conformanceProblems(api.components.schemas.error ?? {}, body, `${status}`);
  const route = findRoute(method, pathname);
  if (route === undefined) return [`${method} ${pathname} is not in the API description`];
  const problems = conformanceProblems(responseOf(route.operation), body, `${method} ${route.path}`);
  if (!pathname.startsWith('/v1/events')) return problems;
  const answer = body as JsonObject;
  const events = answer.object === 'list' ? (answer.data as JsonObject[]) : [answer];
  return [...problems, ...events.flatMap(eventProblems)];
}

/** Looks at all that goes over the wire between the SDK and the sandbox. */
function watchedFetch(problems: string[]): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const text = await response.clone().text();
    const { pathname } = new URL(String(input));
    problems.push(
      ...answerProblems(init?.method ?? 'GET', pathname, response.status, JSON.parse(text) as Json),
    );
    return response;
  };
}

export function connect(
  sandbox: Reachable,
  problems: string[],
  config: Partial<Stripe.StripeConfig> = {},
): Stripe {
  const { hostname, port } = new URL(sandbox.url);
  return new Stripe(sandbox.secretKey, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    httpClient: Stripe.createFetchHttpClient(watchedFetch(problems)),
    ...config,
  });
}

/** A sandbox and an SDK that talks to it. On teardown the ledger must balance and all shapes have been right. */
export async function startWorld(options: SandboxOptions = {}): Promise<World> {
  const sandbox = await startStripeSandbox({ log: (line) => console.error(line), ...options });
  const problems: string[] = [];
  const stripe = connect(sandbox, problems);
  onTeardown(async () => {
    const ledger = (await (await fetch(`${sandbox.url}/_sandbox/ledger`)).json()) as { balanced: boolean };
    await checkEvents(sandbox, problems);
    await sandbox.close();
    expect(ledger.balanced, 'the ledger balances').toBe(true);
    expect(problems, 'answers conform to the API description').toEqual([]);
  });
  return { sandbox, stripe, problems };
}

async function checkEvents(sandbox: StripeSandbox, problems: string[]): Promise<void> {
  const quiet = connect(sandbox, problems);
  const accounts = await quiet.accounts.list({ limit: 20 });
  await quiet.events.list({ limit: 100 });
  for (const account of accounts.data) await quiet.events.list({ limit: 100 }, { stripeAccount: account.id });
}

/** An endpoint for webhooks. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    received: [],
    types: () => receiver.received.map(({ event }) => event.type),
    answer: () => 200,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const received = { headers: request.headers, body, event: JSON.parse(body) as Stripe.Event };
    receiver.received.push(received);
    response.writeHead(receiver.answer(received)).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  onTeardown(async () => {
    server.closeAllConnections();
    await receiver.close();
  });
  return receiver;
}

/** An account that can be transferred to and paid out from. */
export async function readyAccount(world: World, bankAccountNumber?: string): Promise<Stripe.Account> {
  const account = await world.stripe.accounts.create({
    country: 'US',
    email: 'jenny@example.com',
    business_type: 'individual',
    controller: {
      stripe_dashboard: { type: 'express' },
      fees: { payer: 'application' },
      losses: { payments: 'application' },
    },
    capabilities: { transfers: { requested: true }, card_payments: { requested: true } },
    settings: { payouts: { schedule: { interval: 'manual' } } },
  });
  await world.sandbox.control.completeOnboarding(
    account.id,
    bankAccountNumber === undefined ? {} : { bankAccountNumber },
  );
  return await world.stripe.accounts.retrieve(account.id);
}

/** A payment that went through. */
export async function paid(
  world: World,
  amount = 10_000,
  currency = 'usd',
  card = 'pm_card_visa',
): Promise<Stripe.PaymentIntent> {
  return await world.stripe.paymentIntents.create({
    amount,
    currency,
    payment_method: card,
    confirm: true,
    automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
  });
}

export const dayMs = 24 * 60 * 60 * 1000;

/** The error a call ends in. */
export async function failureOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(Stripe.errors.StripeError);
  return outcome as Stripe.errors.StripeError;
}

/** A request as anybody may write it, without the SDK's care. */
export async function raw(
  world: World,
  method: string,
  path: string,
  body?: string,
  headers: object = {},
): Promise<Response> {
  return await fetch(`${world.sandbox.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${world.sandbox.secretKey}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
}

export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  return ((await response.json()) as { error: Record<string, unknown> }).error;
}
