import Stripe from 'stripe';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/transaction.ts';
import { newId } from '../../src/ids.ts';
import { prepareCall, StripeCallFailed, sendCall } from '../../src/stripe-calls/stripe-calls.ts';
import { manualClock } from '../clock.ts';
import { startWorld, type World } from '../world.ts';

/* Calls to a Stripe of our own making, which fails as the real one seldom does. */

const hourMs = 3_600_000;
const clock = manualClock();

let world: World;
beforeAll(async () => {
  world = await startWorld({ clock });
});
afterAll(() => world.stop());

type Thing = { id: string };
type Answer = Thing | Error;

/** What Stripe has: every send takes the next answer, and does it (or not) before it answers. */
let callId = '';
let made: Thing[] = [];
let sent: { key: string; params: Record<string, unknown> }[] = [];
let looks = 0;
beforeEach(() => {
  callId = `test:${newId('pay')}`;
  made = [];
  sent = [];
  looks = 0;
});

const error = (status: number, headers: Record<string, string> = {}) => {
  const raw = {
    message: 'No.',
    code: 'some_code',
    statusCode: status,
    headers,
    type: 'invalid_request_error',
  };
  if (status === 0) return new Stripe.errors.StripeConnectionError(raw as never);
  if (status >= 500) return new Stripe.errors.StripeAPIError(raw as never);
  return new Stripe.errors.StripeInvalidRequestError(raw as never);
};
const lost = () => error(0);
const replayed = (status: number) => error(status, { 'idempotent-replayed': 'true' });

const prepare = (params: Record<string, unknown> = { amount: 1 }) =>
  inTransaction(world.ctx.db, (tx) => prepareCall(tx, clock.now(), { id: callId, params }));

const send = (answer: Answer, { makes }: { makes?: string } = {}) =>
  sendCall<Thing>(world.ctx, callId, {
    send: async (params, { idempotencyKey }) => {
      sent.push({ key: idempotencyKey.slice(callId.length), params });
      if (makes !== undefined) made.push({ id: makes });
      if (answer instanceof Error) throw answer;
      made.push(answer);
      return answer;
    },
    find: async () => {
      looks += 1;
      return made[0];
    },
    retrieve: async (id) => ({ id }),
  });

/** How the call failed. */
const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (thrown) => (thrown instanceof StripeCallFailed ? thrown.failure.kind : String(thrown)),
  );

describe('a call', () => {
  test('that succeeded is only read again', async () => {
    await prepare();
    expect(await send({ id: 'tr_1' })).toEqual({ id: 'tr_1' });
    expect(await send({ id: 'tr_2' })).toEqual({ id: 'tr_1' });
    expect(sent).toHaveLength(1);
  });

  test('keeps its key and its parameters while nobody knows what became of it', async () => {
    await prepare({ amount: 1 });
    expect(await failure(send(lost()))).toBe('unknown');
    await prepare({ amount: 2 });
    expect(await failure(send(error(500)))).toBe('unknown');
    expect(await failure(send(error(429)))).toBe('unknown');
    expect(await failure(send(error(409)))).toBe('unknown');
    expect(await failure(send(error(401)))).toBe('unknown');
    await send({ id: 'tr_1' });
    expect(sent).toEqual(Array(6).fill({ key: ':1', params: { amount: 1 } }));
    expect(looks).toBe(0);
  });

  test('that Stripe keeps answering with a stored failure is looked up, and found if it was done', async () => {
    await prepare();
    await failure(send(error(500), { makes: 'tr_1' }));
    expect(await send(replayed(500))).toEqual({ id: 'tr_1' });
    expect(made).toHaveLength(1);
  });

  test('that was not done under a stored failure takes the next key', async () => {
    await prepare();
    await failure(send(error(500)));
    expect(await failure(send(replayed(500)))).toBe('unknown');
    await send({ id: 'tr_1' });
    expect(sent.map((one) => one.key)).toEqual([':1', ':1', ':2']);
  });

  test('never takes a new key without a look first: an earlier attempt may have been done meanwhile', async () => {
    await prepare();
    await failure(send(error(500)));
    await failure(send(replayed(500)));
    made.push({ id: 'tr_late' });
    expect(await send({ id: 'tr_2' })).toEqual({ id: 'tr_late' });
    expect(sent).toHaveLength(2);
  });

  test('that is refused after an attempt without answer was done by that attempt, if it is there', async () => {
    await prepare();
    await failure(send(lost(), { makes: 'tr_1' }));
    expect(await send(error(403))).toEqual({ id: 'tr_1' });
    expect(made).toHaveLength(1);
  });

  test('that is refused and not there takes other parameters under another key', async () => {
    await prepare({ country: 'XX' });
    expect(await failure(send(error(400)))).toBe('refused');
    await prepare({ country: 'AT' });
    await send({ id: 'acct_1' });
    expect(sent).toEqual([
      { key: ':1', params: { country: 'XX' } },
      { key: ':2', params: { country: 'AT' } },
    ]);
    await prepare({ country: 'DE' });
    expect(await send({ id: 'acct_2' })).toEqual({ id: 'acct_1' });
  });

  test('keeps its parameters when a new attempt after a refusal has no answer', async () => {
    await prepare({ country: 'XX' });
    await failure(send(error(400)));
    await prepare({ country: 'AT' });
    await failure(send(lost()));
    await prepare({ country: 'DE' });
    await send({ id: 'acct_1' });
    expect(sent.at(-1)).toEqual({ key: ':2', params: { country: 'AT' } });
  });

  test('is looked up before it is repeated once its key is too old, and not a moment earlier', async () => {
    await prepare();
    await failure(send(lost(), { makes: 'tr_1' }));
    clock.advance(22 * hourMs);
    await failure(send(lost()));
    expect(looks).toBe(0);
    clock.advance(2 * hourMs);
    expect(await send({ id: 'tr_2' })).toEqual({ id: 'tr_1' });
    expect(sent).toHaveLength(2);
  });

  test('that fails for a reason of ours is not taken for an answer of Stripe', async () => {
    await prepare();
    expect(await failure(send(new TypeError('ours')))).toBe('TypeError: ours');
    await send({ id: 'tr_1' });
    expect(sent.map((one) => one.key)).toEqual([':1', ':1']);
  });
});
