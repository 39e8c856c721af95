import { describe, expect, it } from 'vitest';
import { conformanceProblems } from '../src/schema/conformance.ts';
import { answerProblems, paid, readyAccount, startWorld } from './harness.ts';

describe('the check of answers against the API description', () => {
  it('sees what is missing, unknown, null, ill-typed or not in an enum', async () => {
    const world = await startWorld();
    const account = await readyAccount(world);
    const intent = await paid(world);
    const source_transaction = String(intent.latest_charge);
    const good = JSON.parse(
      JSON.stringify(
        await world.stripe.transfers.create({
          amount: 5,
          currency: 'usd',
          destination: account.id,
          source_transaction,
        }),
      ),
    );
    const problems = (change: object): string[] =>
      answerProblems('GET', '/v1/transfers/tr_1', 200, { ...good, ...change });
    expect(problems({})).toEqual([]);
    expect(problems({ amount: undefined })).toHaveLength(1);
    expect(problems({ nonsense: 1 })).toHaveLength(1);
    expect(problems({ amount: null })).toHaveLength(1);
    expect(problems({ amount: '5' })).toHaveLength(1);
    expect(problems({ amount: 1.5 })).toHaveLength(1);
    expect(problems({ source_type: 'shells' })).toHaveLength(1);
    expect(problems({ destination: { id: account.id, object: 'account' } }).length).toBeGreaterThan(0);
    expect(problems({ description: null })).toEqual([]);
    expect(answerProblems('GET', '/v1/transfers/tr_1', 404, { error: { type: 'surprise' } })).toHaveLength(1);
  });

  it('reads nested, nullable and listed shapes', () => {
    const schema = {
      type: 'array',
      items: { anyOf: [{ type: 'string' }, { type: 'integer', nullable: true }] },
    } as const;
    expect(conformanceProblems(schema as never, ['a', 1, null])).toEqual([]);
    expect(conformanceProblems(schema as never, [true])).toHaveLength(1);
  });
});
