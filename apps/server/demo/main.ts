import { parseArgs } from 'node:util';
import { audit, auditTable, isClean } from '../src/audit/audit.ts';
import { journey, type Play } from './journey.ts';
import { playMany } from './many.ts';
import { ledgerTable, whereTheMoneyIs } from './money.ts';
import { watchNotifications } from './notifications.ts';
import { openTheatre, type Theatre } from './theatre.ts';

/*
 * npm run demo: one job from posting to bank, through the public API, with the money's place and what people
 * are told after each step.
 * npm run demo -- --seed N --jobs N: many, with random prices, currencies and turns. Exit code 1 if anything is off.
 */

async function playOne(theatre: Theatre): Promise<void> {
  const { stage, ctx } = theatre;
  const play: Play = {
    stage,
    key: 'demo',
    price: { amount: 45_000, currency: 'eur' },
    customer: { name: 'Clara', email: 'clara@demo.example', role: 'customer' },
    contractor: { name: 'Conrad', email: 'conrad@demo.example', role: 'contractor' },
  };
  const watch = watchNotifications(theatre, play);
  for (const [index, step] of journey.entries()) {
    const outcome = await step.run(play);
    console.log(`${String(index + 1).padStart(3)}  ${step.title}: ${outcome}`);
    console.log(`     ${await whereTheMoneyIs(ctx)}`);
    for (const line of await watch.news()) console.log(`     → ${line}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, jobs: { type: 'string' } } });
  const count = Number(values.jobs ?? 1);
  const seed = Number(values.seed ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > 10_000 || !Number.isInteger(seed))
    throw new Error('Usage: npm run demo -- [--seed N] [--jobs 1..10000]');
  const theatre = await openTheatre();
  try {
    console.log(
      '\nA marketplace of its own was started for this: PostgreSQL, Stripe sandbox, mailbox, server.\n',
    );
    if (values.jobs === undefined && values.seed === undefined) await playOne(theatre);
    else await playMany(theatre, { seed, count });
    await theatre.settled();
    const ledger = await ledgerTable(theatre.ctx);
    console.log(`\nThe ledger:\n\n${ledger.text}`);
    const results = await audit(theatre.ctx, 500);
    console.log(`The audit:\n\n${auditTable(results)}\n`);
    if (!ledger.isBalanced || !isClean(results)) process.exitCode = 1;
  } finally {
    await theatre.close();
  }
}

try {
  await main();
  console.log(process.exitCode === 1 ? 'Something is off, see above.' : 'Everything adds up.');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.exit();
