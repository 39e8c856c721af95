import { columns, goalLines, quantile } from '../report.ts';
import { closeConnections, openConnections } from './connections.ts';
import type { Contestant, Contestants } from './contestants.ts';
import { type Measured, measure } from './measure.ts';
import { tokensOf } from './pairs.ts';

export type Race = { rate: number; seconds: number; isSaturation: boolean };

type Step = Measured & { asked: number };

const mostP99 = 100;
// Between the last rate that was kept up and the first that was not, which is its double.
const halvings = 2;
const busyGenerator = 0.9;

const parts = [0.5, 0.95, 0.99, 0.999];
const quantileNames = ['p50', 'p95', 'p99', 'p99.9'];
const heading = [
  `${''.padEnd(28)}${'messages/s'.padStart(16)}  ${'ms to the acknowledgement'.padStart(32)}  ${'ms to the other side'.padStart(32)}  ${'CPU µs a message'.padStart(24)}`,
  `${''.padEnd(28)}${columns(['asked', 'achieved'])}  ${columns(quantileNames)}  ${columns(quantileNames)}  ${columns(['server', 'postgres', 'sum'])}`,
].join('\n');

function row(name: string, step: Step): string {
  const quantilesOf = (times: Float64Array) => columns(parts.map((part) => quantile(times, part)));
  const notes = [
    ...(step.lost === 0 ? [] : [`${step.lost} REFUSED OR LOST`]),
    ...(step.generator < busyGenerator
      ? []
      : [`the generator took ${(step.generator * 100).toFixed(0)} % of a processor`]),
  ];
  return [
    `${name.padEnd(28)}${columns([step.asked, step.achieved], 0)}`,
    quantilesOf(step.untilAccepted),
    quantilesOf(step.untilDelivered),
    columns([step.server, step.postgres, costOf(step)], 0),
    notes.join(', '),
  ].join('  ');
}

const costOf = ({ server, postgres }: Measured) => server + postgres;

const keepsUp = (step: Step) =>
  step.lost === 0 && step.achieved >= step.asked * 0.9 && quantile(step.untilAccepted, 0.99) <= mostP99;

/** Everybody one after another. Prints each step, and then what was aimed at or how they compare. */
export async function race({ holdfast, relay, plain, socketIo }: Contestants, options: Race): Promise<void> {
  console.log(heading);
  const results = new Map<Contestant, Step[]>();
  for (const contestant of [holdfast, relay, plain, socketIo])
    results.set(contestant, await compete(contestant, options));
  const own = results.get(holdfast)!;
  const others = [socketIo, plain, relay].map((one) => ({ name: one.server.name, steps: results.get(one)! }));
  console.log();
  printCosts(own[0]!, others);
  console.log();
  if (options.isSaturation) printCapacities(own, others);
  else printGoals(own[0]!);
}

/** One rate; or twice the rate before as long as the server keeps up, and then between the last two. */
async function compete(contestant: Contestant, { rate, seconds, isSaturation }: Race): Promise<Step[]> {
  const sockets = await openConnections(
    contestant.protocol,
    contestant.server.url,
    tokensOf(contestant.pairs),
  );
  // What has never run is slow once, which is not what is measured.
  await measure(contestant, sockets, rate, 2);
  const steps: Step[] = [];
  const step = async (asked: number) => {
    const measured = { asked, ...(await measure(contestant, sockets, asked, seconds)) };
    console.log(row(contestant.server.name, measured));
    steps.push(measured);
    return keepsUp(measured);
  };
  let kept = rate;
  if (isSaturation) {
    while (await step(kept)) kept *= 2;
    let missed = kept;
    kept /= 2;
    // Whoever misses the first rate has kept none.
    for (let halving = 0; missed > rate && halving < halvings; halving += 1) {
      const between = Math.round((kept + missed) / 2);
      if (await step(between)) kept = between;
      else missed = between;
    }
  } else await step(rate);
  await closeConnections(sockets);
  return steps;
}

type Other = { name: string; steps: Step[] };

/** At the first rate, which is everybody's. */
function printCosts(own: Step, others: readonly Other[]): void {
  for (const { name, steps } of others)
    console.log(
      `at ${own.asked}/s Holdfast's CPU a message to that of ${name}: ${(costOf(own) / costOf(steps[0]!)).toFixed(2)}; ` +
        `the server's alone ${(own.server / steps[0]!.server).toFixed(2)}`,
    );
}

function printGoals(own: Step): void {
  if (own.asked !== 1_000) console.log('the goals are for 1000 a second');
  else
    console.log(
      goalLines([
        {
          what: 'CPU of server and PostgreSQL a message',
          measured: costOf(own),
          most: 250,
          unit: 'µs',
        },
        {
          what: 'p99 to the acknowledgement',
          measured: quantile(own.untilAccepted, 0.99),
          most: 10,
          unit: 'ms',
        },
      ]),
    );
}

function printCapacities(own: Step[], others: readonly Other[]): void {
  const bestOf = (steps: readonly Step[]) => {
    const kept = steps.filter(keepsUp);
    return kept.length === 0
      ? undefined
      : kept.reduce((one, other) => (other.asked > one.asked ? other : one));
  };
  const best = bestOf(own);
  const all = [{ name: 'Holdfast', steps: own }, ...others];
  console.log(`${`kept up: all delivered, p99 ≤ ${mostP99} ms`.padEnd(38)}${columns(['most/s', 'CPU µs'])}`);
  for (const { name, steps } of all) {
    const step = bestOf(steps);
    console.log(
      `${name.padEnd(38)}${step === undefined ? 'not even the first' : columns([step.asked, costOf(step)], 0)}`,
    );
  }
  for (const { name, steps } of others) {
    const step = bestOf(steps);
    if (best === undefined || step === undefined) continue;
    const isBusy = steps.some(({ generator }) => generator >= busyGenerator);
    console.log(
      `Holdfast to ${name}: ${(best.asked / step.asked).toFixed(2)} of its messages a second, ` +
        `${(costOf(best) / costOf(step)).toFixed(2)} of its CPU a message${isBusy ? ' (at most: there the generator was busy)' : ''}`,
    );
  }
}
