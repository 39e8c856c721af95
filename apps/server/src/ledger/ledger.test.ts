import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../../test/world.ts';
import { inTransaction, sqlState } from '../db/transaction.ts';
import { newId } from '../ids.ts';
import { contractorFunds, type LedgerEntry, post } from './ledger.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

let paymentId = '';
let userId = '';
beforeEach(() => {
  paymentId = newId('pay');
  userId = newId('usr');
});

const capture = (over: Partial<LedgerEntry> = {}): LedgerEntry => ({
  cause: `capture:${paymentId}`,
  paymentId,
  currency: 'eur',
  lines: [
    { account: 'platform_stripe', paymentId, debitMinor: 900 },
    { account: 'escrow', paymentId, creditMinor: 900 },
  ],
  ...over,
});
const book = (...entries: LedgerEntry[]) =>
  inTransaction(world.ctx.db, async (tx) => {
    for (const entry of entries) await post(tx, world.clock.now(), entry);
  });
/** The SQLSTATE that the work fails with. */
const failure = (work: Promise<unknown>) => work.then(() => 'none', sqlState);
const linesOf = async (cause: string) =>
  (
    await sql<{ account: string; amount: number }>`select account, amount_minor as amount from ledger_lines
      join ledger_entries on id = entry_id where cause = ${cause} order by position`.execute(world.ctx.db)
  ).rows;

const checkViolation = '23514';
const uniqueViolation = '23505';

describe('an entry', () => {
  test('is booked with debits positive and credits negative, without its zero lines', async () => {
    await book(
      capture({ lines: [...capture().lines, { account: 'commission', paymentId, creditMinor: 0 }] }),
    );
    expect(await linesOf(`capture:${paymentId}`)).toEqual([
      { account: 'platform_stripe', amount: 900 },
      { account: 'escrow', amount: -900 },
    ]);
  });

  test('that does not balance is refused, and with it the whole transaction', async () => {
    const unbalanced = capture({
      cause: `other:${paymentId}`,
      lines: [
        { account: 'platform_stripe', paymentId, debitMinor: 900 },
        { account: 'escrow', paymentId, creditMinor: 899 },
      ],
    });
    expect(await failure(book(capture(), unbalanced))).toBe(checkViolation);
    expect(await linesOf(`capture:${paymentId}`)).toEqual([]);
  });

  test('of one side only is refused', async () => {
    const lines = capture().lines.slice(0, 1);
    expect(await failure(book(capture({ lines })))).toBe(checkViolation);
  });

  test('with a cause that was booked before is refused, also by two at once', async () => {
    const results = await Promise.all([failure(book(capture())), failure(book(capture()))]);
    expect(results.sort()).toEqual([uniqueViolation, 'none']);
    expect(await failure(book(capture()))).toBe(uniqueViolation);
    expect(await linesOf(`capture:${paymentId}`)).toHaveLength(2);
  });

  test('names whose balance it moves, and nobody where the account is nobody’s', async () => {
    const lines: LedgerEntry['lines'] = [
      { account: 'contractor_balance', creditMinor: 5 },
      { account: 'platform_stripe', debitMinor: 5 },
    ];
    expect(await failure(book(capture({ lines })))).toBe(checkViolation);
    const named: LedgerEntry['lines'] = [
      { account: 'commission', userId, creditMinor: 5 },
      { account: 'platform_stripe', debitMinor: 5 },
    ];
    expect(await failure(book(capture({ lines: named })))).toBe(checkViolation);
    const nowhere: LedgerEntry['lines'] = [
      { account: 'escrow', creditMinor: 5 },
      { account: 'platform_stripe', debitMinor: 5 },
    ];
    expect(await failure(book(capture({ lines: nowhere })))).toBe(checkViolation);
  });
});

describe('what is booked', () => {
  for (const statement of [
    'update ledger_lines set amount_minor = amount_minor + 1',
    "update ledger_lines set currency = 'usd'",
    'delete from ledger_lines',
    'truncate ledger_lines',
    "update ledger_entries set cause = 'other'",
    'delete from ledger_entries',
    'truncate ledger_entries, ledger_lines',
    'truncate ledger_entries cascade',
  ])
    test(`stays: "${statement}" is refused`, async () => {
      await book(capture());
      await expect(sql.raw(statement).execute(world.ctx.db)).rejects.toThrow(/never|final|change/i);
      expect(await linesOf(`capture:${paymentId}`)).toHaveLength(2);
    });
});

test('funds are told per currency, as positive numbers, of one contractor only', async () => {
  const other = newId('usr');
  const owed = (to: string, currency: string, debitMinor: number): LedgerEntry => ({
    cause: newId('led'),
    currency,
    lines: [
      { account: 'connected_stripe', userId: to, debitMinor },
      { account: 'contractor_balance', userId: to, creditMinor: debitMinor },
    ],
  });
  await book(
    owed(userId, 'eur', 100),
    owed(userId, 'eur', 20),
    owed(userId, 'jpy', 7),
    owed(other, 'eur', 5),
    {
      cause: newId('led'),
      currency: 'eur',
      lines: [
        { account: 'contractor_balance', userId, debitMinor: 30 },
        { account: 'payout_pending', userId, creditMinor: 30 },
      ],
    },
  );
  expect(await contractorFunds(world.ctx.db, userId)).toEqual([
    { currency: 'eur', contractorBalanceMinor: 90, payoutPendingMinor: 30, debtMinor: 0 },
    { currency: 'jpy', contractorBalanceMinor: 7, payoutPendingMinor: 0, debtMinor: 0 },
  ]);
});
