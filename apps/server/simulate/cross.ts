import type { Sequence } from './action.ts';
import { isCallToStripe } from './fault-points.ts';
import type { Flow } from './flows/flow.ts';
import { checkInvariants } from './invariants.ts';
import { freeTasks } from './outbox.ts';
import { beginSequence } from './sequence.ts';
import { settle } from './settle.ts';
import type { World } from './world.ts';

/** What happens at a point: the server dies, or a call to Stripe gets no answer, once more than the SDK repeats it. */
export type Blow = 'death' | 'lost answer';

export type Crossing = { flow: string; points: string[]; played: number; failures: string[] };

const sdkTries = 2;

/**
 * Plays the flow once to learn its points, then once more for each of them with the blow exactly there. Every time the
 * server is started again, people repeat what they did, everything comes to rest, the invariants are checked, and the
 * end must be the one without any blow.
 */
export async function crossFlow(world: World, flow: Flow, blows: readonly Blow[]): Promise<Crossing> {
  const calm = await playFlow(world, flow);
  const crossing: Crossing = { flow: flow.name, points: calm.points, played: 0, failures: [] };
  for (const [index, point] of calm.points.entries())
    for (const blow of blows) {
      if (blow === 'lost answer' && !isCallToStripe(point)) continue;
      crossing.played += 1;
      const where = `${flow.name}: ${blow} at point ${index + 1} of ${calm.points.length}, ${point}`;
      try {
        const { end } = await playFlow(world, flow, { index, blow });
        if (end !== calm.end) throw new Error(`it ended as\n${end}\ninstead of\n${calm.end}`);
      } catch (error) {
        crossing.failures.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
        if (!world.life.points.isDead) world.life.points.spare();
        await world.restart();
      }
    }
  return crossing;
}

type Ended = { points: string[]; end: string };

async function playFlow(world: World, flow: Flow, at?: { index: number; blow: Blow }): Promise<Ended> {
  const sequence = await beginSequence(world, `flow ${flow.name}`);
  const prepared = await flow.prepare(sequence);
  const { points } = world.life;
  const before = points.crossed.length;
  if (at?.blow === 'death') points.killAt(at.index);
  if (at?.blow === 'lost answer') points.loseAt(at.index, sdkTries);
  await flow.act(sequence, prepared);
  const crossed = points.crossed.slice(before);
  if (at?.blow === 'death' && !points.isDead) throw new Error('the server did not come to this point');
  points.spare();
  if (points.isDead) await world.restart();
  await freeTasks(world);
  // A second after the first try, as somebody who got no answer does; keys of the dead are leased for a minute.
  await world.advance(61_000);
  await flow.act(sequence, prepared);
  await settle(sequence, () => undefined, false);
  await checkInvariants(sequence);
  return { points: crossed, end: await endOf(sequence) };
}

/** How it ended, in words that know no ids and times. */
async function endOf({ world }: Sequence): Promise<string> {
  const { rows } = await world.outside.query<{ line: string }>(`
    select concat_ws(' ', 'payment', status, amount_minor, count(*)) as line from payments group by status, amount_minor
    union all select concat_ws(' ', 'payout', status, amount_minor, count(*)) from payouts group by status, amount_minor
    union all select concat_ws(' ', 'booking', state, count(*)) from bookings group by state
    union all select concat_ws(' ', 'ledger', account, sum(amount_minor)) from ledger_lines group by account
    union all select concat_ws(' ', 'account', transfers_active, payouts_enabled) from connected_accounts
    order by 1`);
  return rows.map((row) => row.line).join('\n');
}
