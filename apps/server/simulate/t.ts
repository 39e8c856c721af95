import { startTemporaryPostgres } from '../src/local/temporary-postgres.ts';
import { crossFlow } from './cross.ts';
import { openDatabase } from './database.ts';
import { flows } from './flows/flows.ts';
import { createWorld } from './world.ts';

const postgres = await startTemporaryPostgres('simulation');
const database = await openDatabase(postgres.url, { isMigrated: false });
const world = await createWorld(database);
for (const flow of flows.filter((f) => f.name.includes(process.argv[3] ?? ''))) {
  const a = performance.now();
  const c = await crossFlow(world, flow, ['death', 'lost answer']);
  console.log(c.flow, c.points.length, c.played, c.failures.length, Math.round(performance.now() - a));
  console.log(c.failures.slice(0, 3).join('\n'));
  if (process.argv[2]) console.log(c.points.join('\n'));
}
await world.close();
await database.close();
await postgres.stop();
