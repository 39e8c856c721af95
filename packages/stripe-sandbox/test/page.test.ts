import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { dayMs, paid, readyAccount, startWorld, type World } from './harness.ts';

async function press(
  world: World,
  button: string,
  fields: Record<string, string>,
  headers: Record<string, string> = { origin: world.sandbox.url },
): Promise<Response> {
  return await fetch(`${world.sandbox.url}/_sandbox/page/${button}`, {
    method: 'POST',
    redirect: 'manual',
    headers,
    body: new URLSearchParams(fields),
  });
}

const hourMs = dayMs / 24;

/** What a browser gets that reaches the sandbox under a name of its own choice. */
function statusFrom(port: number, host: string): Promise<number> {
  const headers = { host, origin: `http://${host}`, 'content-type': 'application/x-www-form-urlencoded' };
  const options = { port, host: '127.0.0.1', method: 'POST', path: '/_sandbox/page/advance', headers };
  return new Promise((answer, fail) => {
    const sent = request(options, (response) => {
      response.resume();
      answer(response.statusCode ?? 0);
    });
    sent.once('error', fail);
    sent.end('hours=1');
  });
}

describe('the page', () => {
  it('shows everything, escaped, and lets nothing run or load', async () => {
    const world = await startWorld();
    await readyAccount(world);
    await world.stripe.accounts.create({ country: 'DE', email: '"><script>x</script>@example.com' });
    await paid(world, 1000, 'usd', 'pm_card_createDispute');
    await world.sandbox.control.settled();
    const page = await fetch(world.sandbox.url);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).not.toContain('unsafe');
    const text = await page.text();
    const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] ?? '';
    expect(policy).toContain(createHash('sha256').update(style).digest('base64'));
    expect(text).not.toContain('<script');
    expect(text).toContain('&lt;script&gt;');
    for (const heading of ['Balances', 'Books', 'Accounts', 'Disputes', 'Payouts', 'Recent webhooks'])
      expect(text).toContain(`<h2>${heading}</h2>`);
  });

  it('has buttons that advance the clock, dispute, decide, fail and restrict', async () => {
    const world = await startWorld();
    const { stripe } = world;
    const account = await readyAccount(world);
    const intent = await paid(world);
    const before = world.sandbox.clock.now().getTime();
    const advanced = await press(world, 'advance', { hours: '72' });
    expect([advanced.status, advanced.headers.get('location')]).toEqual([303, '/']);
    expect(world.sandbox.clock.now().getTime() - before).toBeGreaterThanOrEqual(3 * dayMs);
    const show = async () => (await fetch(world.sandbox.url)).text();
    expect(await show()).toContain('open-dispute');
    await press(world, 'open-inquiry', { id: intent.id });
    // Disputed already: there is no button that would only be refused.
    expect(await show()).not.toMatch(/open-dispute|open-inquiry/);
    const [dispute] = (await stripe.disputes.list()).data;
    const id = dispute?.id ?? '';
    await press(world, 'escalate-inquiry', { id });
    await press(world, 'resolve-dispute', { id, outcome: 'won' });
    expect((await stripe.disputes.retrieve(id)).status).toBe('won');
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 100 });
    await press(world, 'fail-refund', { id: refund.id });
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('failed');
    await press(world, 'restrict-account', { id: account.id });
    expect((await stripe.accounts.retrieve(account.id)).payouts_enabled).toBe(false);
    const impossible = await press(world, 'fail-payout', { id: '<b>' });
    expect(impossible.status).toBe(409);
    expect(await impossible.text()).toContain('&lt;b&gt;');
    expect((await press(world, 'explode', {})).status).toBe(404);
    expect((await press(world, 'advance', { hours: '-1' })).status).toBe(409);
  });

  it('does nothing for another site, nor for a name that another site made point here', async () => {
    const world = await startWorld();
    const before = world.sandbox.clock.now().getTime();
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: world.sandbox.url, 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      expect((await press(world, 'advance', { hours: '72' }, headers)).status).toBe(403);
    }
    const { port } = new URL(world.sandbox.url);
    expect(await statusFrom(Number(port), `evil.example:${port}`)).toBe(403);
    expect(await statusFrom(Number(port), `localhost:${port}`)).toBe(303);
    await world.sandbox.control.settled();
    const read = await fetch(`${world.sandbox.url}/_sandbox/page/advance?hours=72`);
    expect(read.status).toBe(404);
    expect(world.sandbox.clock.now().getTime() - before).toBeLessThan(2 * hourMs);
  });
});
