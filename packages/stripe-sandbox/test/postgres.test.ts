import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { type SandboxStore, startStripeSandbox } from '../src/index.ts';
import {
  connect,
  dayMs,
  failureOf,
  onTeardown,
  type Reachable,
  startReceiver,
  startWorld,
} from './harness.ts';

function databaseUrl(): string {
  // A global setup may provide one; it is not this package's, hence no type knows of it.
  const provided = inject('postgresUrl' as never) as string | undefined;
  const url = process.env.HOLDFAST_TEST_PG_URL ?? provided;
  if (url === undefined) throw new Error('HOLDFAST_TEST_PG_URL must name a PostgreSQL the tests may use');
  return url;
}

async function query(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl() });
  await client.connect();
  await client.query(text);
  await client.end();
}

/** A schema of its own, gone after the test. */
function ownStore(): SandboxStore & { schema: string } {
  const schema = `sandbox_test_${randomBytes(6).toString('hex')}`;
  onTeardown(() => query(`drop schema if exists ${schema} cascade`));
  return { kind: 'postgres', connectionString: databaseUrl(), schema };
}

/** A sandbox in a process of its own, by the command line. */
async function startChild(store: { schema: string }): Promise<{ process: ChildProcess; sandbox: Reachable }> {
  const cli = new URL('../src/cli.ts', import.meta.url).pathname;
  const flags = ['--port', '0', '--schema', store.schema, '--database-url', databaseUrl()];
  const child = spawn(process.execPath, [cli, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTeardown(async () => void child.kill('SIGKILL'));
  let output = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    output += chunk.toString();
    if (output.includes('state')) break;
  }
  const found = (pattern: RegExp): string => pattern.exec(output)?.[0] ?? '';
  return {
    process: child,
    sandbox: { url: found(/http:\S+/), secretKey: found(/sk_test_\S+/) },
  };
}

describe('a sandbox on PostgreSQL', () => {
  it('finds everything again after a kill -9, the clock and undelivered events included', async () => {
    const store = ownStore();
    const receiver = await startReceiver();
    const { process: child, sandbox } = await startChild(store);
    const problems: string[] = [];
    const stripe = connect(sandbox, problems);
    const control = (path: string, body: object): Promise<Response> =>
      fetch(`${sandbox.url}/_sandbox/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const account = await stripe.accounts.create({
      country: 'DE',
      capabilities: { transfers: { requested: true } },
      settings: { payouts: { schedule: { interval: 'manual' } } },
    });
    await control(`accounts/${account.id}/complete`, {});
    await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] });
    await control('clock', { advance_ms: 10 * dayMs });
    await control('webhooks/hold', {});
    const intent = await stripe.paymentIntents.create({
      amount: 10_000,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      confirm: true,
      return_url: 'https://shop.example/back',
    });
    child.kill('SIGKILL');
    // Killed before the charge was booked: the next start does it.
    const world = await startWorld({ store });
    expect(world.sandbox.clock.now().getTime() - Date.now()).toBeGreaterThanOrEqual(10 * dayMs - 1000);
    const transfer = {
      amount: 9000,
      currency: 'eur',
      destination: account.id,
      source_transaction: String(intent.latest_charge),
    };
    await world.stripe.transfers.create(transfer);
    await world.sandbox.control.releaseWebhooks();
    await world.sandbox.clock.advance(2 * dayMs);
    const own = { stripeAccount: account.id };
    expect((await world.stripe.balance.retrieve({}, own)).available).toMatchObject([{ amount: 9000 }]);
    expect(receiver.types()).toContain('payment_intent.succeeded');
    expect(receiver.types().filter((type) => type === 'charge.updated')).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('keeps idempotency keys over a restart', async () => {
    const store = ownStore();
    const first = await startStripeSandbox({ store });
    const create = { name: 'once' };
    const { id } = await connect(first, []).customers.create(create, { idempotencyKey: 'k' });
    await first.close();
    const { stripe } = await startWorld({ store });
    expect((await stripe.customers.create(create, { idempotencyKey: 'k' })).id).toBe(id);
    expect((await stripe.events.list()).data).toHaveLength(1);
  });

  it('answers 500 and changes nothing when its store fails, and goes on when it is back', async () => {
    const store = ownStore();
    const world = await startWorld({ store, log: () => undefined });
    await world.stripe.customers.create({ name: 'before' });
    await query(`alter table ${store.schema}.records rename to away`);
    const lost = await failureOf(world.stripe.customers.create({ name: 'lost' }, { idempotencyKey: 'k' }));
    expect(lost).toMatchObject({ statusCode: 500, type: 'StripeAPIError' });
    await query(`alter table ${store.schema}.away rename to records`);
    expect((await world.stripe.customers.list()).data.map(({ name }) => name)).toEqual(['before']);
    await world.stripe.customers.create({ name: 'lost' }, { idempotencyKey: 'k' });
    expect((await world.stripe.customers.list()).data).toHaveLength(2);
  });

  it('is used by one process at a time; a second says so and can have the schema afterwards', async () => {
    const store = ownStore();
    const first = await startStripeSandbox({ store });
    await connect(first, []).customers.create({ name: 'a' });
    await expect(startStripeSandbox({ store })).rejects.toThrow(/is in use by another Stripe sandbox/);
    await connect(first, []).customers.create({ name: 'b' });
    await first.close();
    const { stripe } = await startWorld({ store });
    expect((await stripe.customers.list()).data).toHaveLength(2);
  });

  it('outlives its database connections, and holds the schema again afterwards', async () => {
    const store = ownStore();
    const lines: string[] = [];
    const world = await startWorld({ store, log: (line) => lines.push(line) });
    await world.stripe.customers.create({ name: 'a' });
    const cut = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and ';
    const held = `pid in (select pid from pg_locks where locktype = 'advisory' and objid::bigint = (hashtext('${store.schema}')::bigint & 4294967295))`;
    await query(`${cut}(query like '%${store.schema}%' or ${held})`);
    const again = async (): Promise<unknown> => world.stripe.customers.create({ name: 'b' });
    await again().catch(again);
    expect(lines.join()).toContain('lost the lock');
    await expect(startStripeSandbox({ store })).rejects.toThrow('in use');
    expect((await world.stripe.customers.list()).data).toHaveLength(2);
  });
});
