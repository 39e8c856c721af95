import { type Payout, type PayoutSchedule, payouts, type ScheduleRequest } from '@holdfast/contract';
import type { MoneyWorld } from './money-world.ts';
import type { Person } from './people.ts';

/** What tests of schedules say and ask, for one contractor. */
export const setSchedule = (person: Person, body: ScheduleRequest): Promise<PayoutSchedule> =>
  person.client.call(payouts.setSchedule, { body });

export const readSchedule = (person: Person): Promise<PayoutSchedule> => person.client.call(payouts.schedule);

export const payoutsOf = async (person: Person): Promise<Payout[]> =>
  (await person.client.call(payouts.history, { query: { limit: '100' } })).items;

/** Moves the clock to just after the next run of this contractor; the sweep starts it. */
export async function toNextRun(world: MoneyWorld, person: Person): Promise<string> {
  const { nextRun } = await readSchedule(person);
  await world.advance(Date.parse(nextRun!.at) - world.ctx.clock.now().getTime() + 1000);
  return nextRun!.day;
}
