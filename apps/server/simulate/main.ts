import { startTemporaryPostgres } from '../src/local/temporary-postgres.ts';
import { openDatabase } from './database.ts';
import { playSequence } from './sequence.ts';
import { createWorld } from './world.ts';

const postgres = await startTemporaryPostgres('simulation');
const database = await openDatabase(postgres.url, { isMigrated: false });
const world = await createWorld(database);
const begin = performance.now();
let failed = 0;
for (let i = 0; i < Number(process.argv[3] ?? 5); i += 1) {
  const at = performance.now();
  const played = await playSequence(world, `${process.argv[2] ?? 1}-${i}`, 40);
  if (process.argv[4]) console.log(played.trace.join('\n'));
  console.log(i, played.hash, played.kills, Math.round(performance.now() - at), 'ms', played.failure ?? '');
  if (played.failure) failed += 1;
}
console.log(failed, 'failed', Math.round(performance.now() - begin), 'ms');
await world.close();
await database.close();
await postgres.stop();
