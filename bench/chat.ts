import { withContestants } from './chat/contestants.ts';
import { idle, pairsForIdle } from './chat/idle.ts';
import { race } from './chat/race.ts';
import { machineLoad } from './report.ts';

/**
 * What the chat costs beside the barest servers that do the same, and beside socket.io:
 * `node bench/chat.ts [messages a second] [pairs] [seconds]` at one rate;
 * `node bench/chat.ts saturation [first rate] [pairs] [seconds a step]` doubles the rate until the p99 to the
 * acknowledgement is above 100 ms or messages fall behind;
 * `node bench/chat.ts idle [connections]` opens so many that say nothing.
 * Times count from when a message should have been sent, so that a server that stalls is not spared. Nothing fails here for
 * being slow: what counts are the ratios.
 */
const [mode, ...rest] = process.argv.slice(2);
const isNamed = mode === 'saturation' || mode === 'idle';
const numbers = (isNamed || mode === undefined ? rest : [mode, ...rest]).map(Number);

if (mode === 'idle') {
  const [connections = 10_000] = numbers;
  console.log(`up to ${connections} idle connections, each of its own person; ${machineLoad()}`);
  await withContestants(pairsForIdle(connections), (contestants) => idle(contestants, connections));
} else {
  const isSaturation = mode === 'saturation';
  const [rate = 1_000, pairs = isSaturation ? 400 : 100, seconds = isSaturation ? 5 : 10] = numbers;
  console.log(`${pairs} pairs, ${seconds} s; PostgreSQL with fsync; ${machineLoad()}`);
  await withContestants(pairs, (contestants) => race(contestants, { rate, seconds, isSaturation }));
}
console.log(machineLoad());
