import { admin, payouts } from '@holdfast/contract';
import { everybody, type Sequence } from './action.ts';
import { onboarding } from './actions/payouts.ts';
import { call } from './api.ts';
import { rowsOf } from './look.ts';
import type { Letter } from './mailroom.ts';
import { isForgetting, readyTasks, runSweep, runTask, sweepNames } from './outbox.ts';
import { type Person, signInAgain } from './people.ts';
import type { World } from './world.ts';

const dayMs = 24 * 60 * 60_000;
const maximumRounds = 40;
// Of a task that fails, until time passes again.
const patience = 3;

type Note = (line: string) => void;

/**
 * Stripe works again, webhooks arrive, the outbox runs, and time passes beyond every limit, until nothing is left to
 * happen: slowly, so that what is due by the clock comes one after the other, or all at once. Throws if something never comes to its end.
 */
export async function settle(
  sequence: Sequence,
  note: Note,
  isSlow = sequence.chance.happens(40),
): Promise<void> {
  const { world } = sequence;
  await world.sandbox.control.clearFaults();
  sequence.hasFaults = false;
  // Often the last webhooks are lost as well: what only repeats what can be read must not be missed.
  const isLossy = sequence.chance.happens(75);
  const loses = ({ type }: Letter) =>
    isLossy &&
    /^(account|capability|charge\.updated|payment_intent|payout|refund\.(created|updated))/.test(type);
  const pass = (durationMs: number) => letPass(world, durationMs, note, loses);
  // Schedules would go on for ever.
  const endSchedules = async () => {
    for (const contractor of sequence.contractors)
      await call(world, contractor, payouts.setSchedule, { body: { interval: 'manual' } });
  };
  await endSchedules();
  await comeToRest(world, note, loses);
  await pass((isSlow ? 4 : 6) * dayMs);
  if (await letIn(sequence, note)) await endSchedules();
  await replaceAccounts(sequence, note);
  await comeToRest(world, note, loses);
  for (const contractor of sequence.contractors) note(await withdrawAll(sequence, contractor));
  await comeToRest(world, note, loses);
  await pass((isSlow ? 5 : 4) * dayMs);
  if (isSlow) await pass(dayMs);
}

/** Whoever is suspended comes back, after what could happen without them. */
async function letIn(sequence: Sequence, note: Note): Promise<boolean> {
  const { world } = sequence;
  const suspended = await rowsOf(sequence, 'select id from users where suspended_at is not null order by id');
  for (const { id } of suspended) {
    const params = { params: { id }, body: { reason: 'It was long ago.' } };
    note(`reinstate ${id} → ${(await call(world, sequence.admins[0]!, admin.reinstateUser, params)).code}`);
  }
  return (await signInAgain(world.life.ctx, everybody(sequence))).length > 0;
}

/** Some whose account is closed, or was never ready, make another one; for others it stays so. */
async function replaceAccounts(sequence: Sequence, note: Note): Promise<void> {
  for (const contractor of sequence.contractors) {
    if (!sequence.chance.happens(60)) continue;
    const attempt = onboarding(sequence, contractor);
    note(`${attempt.says} → ${(await attempt.run()).code}`);
  }
}

async function letPass(
  world: World,
  durationMs: number,
  note: Note,
  loses: (letter: Letter) => boolean,
): Promise<void> {
  await world.advance(durationMs);
  await sweepAll(world, note);
  await comeToRest(world, note, loses);
}

/** Whatever is available must be payable: a contractor whose account is able can always go on to the bank. */
async function withdrawAll(sequence: Sequence, contractor: Person): Promise<string> {
  const { world } = sequence;
  const seen = await call(world, contractor, payouts.balance);
  if (seen.code !== 'ok') throw new Error(`a balance cannot be seen: ${seen.code} ${seen.detail}`);
  const { account, balances } = seen.body!;
  const available = account.payoutsEnabled ? balances.filter((one) => one.available > 0) : [];
  for (const { currency } of available) {
    sequence.count += 1;
    const idempotencyKey = `last-withdrawal-${sequence.count}`;
    const sent = await call(world, contractor, payouts.withdraw, { body: { currency }, idempotencyKey });
    if (sent.code !== 'ok')
      throw new Error(`${contractor.name} cannot withdraw ${currency}: ${sent.code} ${sent.detail}`);
  }
  return `${contractor.name} withdraws ${available.map((one) => `${one.available} ${one.currency}`).join(', ')}`;
}

async function sweepAll(world: World, note: Note): Promise<void> {
  for (const name of sweepNames) {
    if (isForgetting(name)) continue;
    const result = await runSweep(world, name);
    if (result !== 'done') {
      note(`sweep: ${name} → ${result}`);
      throw new Error(`with everything working again a sweep failed: ${name}: ${result}`);
    }
  }
}

/** Delivers everything and runs every task until there is none, or only such as fail, or until the server dies. */
export async function comeToRest(world: World, note: Note, loses: (letter: Letter) => boolean = () => false) {
  const failures = new Map<string, number>();
  for (let round = 0; round < maximumRounds; round += 1) {
    const letters = await world.mailroom.waiting();
    for (const letter of letters) {
      if (loses(letter)) await world.mailroom.lose(letter);
      else await deliver(world, letter);
      if (world.life.points.isDead) return;
    }
    const tasks = (await readyTasks(world)).filter((task) => (failures.get(task.id) ?? 0) < patience);
    for (const task of tasks) {
      const result = await runTask(world, task);
      if (result === 'killed') return;
      if (result === 'done') continue;
      failures.set(task.id, (failures.get(task.id) ?? 0) + 1);
      note(`task ${task.name} ${task.subject} → ${result}`);
    }
    if (letters.length === 0 && tasks.length === 0) return;
    // What Stripe does a blink later.
    await world.advance(1000);
  }
  throw new Error(`there are webhooks and tasks without end, ${maximumRounds} rounds of them`);
}

async function deliver(world: World, letter: Letter): Promise<void> {
  const status = await world.mailroom.deliver(letter);
  if (status !== 200 && !world.life.points.isDead)
    throw new Error(`a webhook was answered ${status}: ${letter.type} ${letter.event}`);
}
