import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Uploaded } from '@holdfast/contract';
import { folderOfKey } from '../apps/server/src/storage/keys.ts';
import { peakOf, type Server } from './child.ts';
import { openConnections, read, runAll, send } from './upload/requests.ts';
import { type Contest, type Contestant, compete, heading } from './upload/rounds.ts';
import { formOf, pdfOf, photoOfMostPixels, photoOfOneMegabyte, type Sample } from './upload/samples.ts';
import { type Servers, startServers } from './upload/servers.ts';
import { shareOfPicture } from './upload/share-of-picture.ts';

/**
 * What uploads and downloads cost beside the barest servers that do the same:
 * `node bench/upload.ts [rounds] [photos a round] [PDFs a round]`. All servers run at once and are measured in turns.
 * Processor time and peak memory are of the server alone, without PostgreSQL, S3 and the client. Nothing fails here for
 * being slow: what counts are the ratios, which a busy machine changes less than the times.
 */
const rounds = Number(process.argv[2] ?? 4);
const photos = Number(process.argv[3] ?? 24);
const pdfs = Number(process.argv[4] ?? 12);
const largePhotos = 6;
const connections = openConnections(8);

const load = () =>
  `load of the machine: ${loadavg()
    .map((one) => one.toFixed(1))
    .join(', ')}`;
const inMebibytes = (bytes: number | undefined) =>
  bytes === undefined ? 'unknown' : (bytes / 2 ** 20).toFixed(0);

async function uploads(servers: Servers, name: string, sample: Sample, operations: number): Promise<Contest> {
  const form = await formOf(sample, 'job');
  const contestant = (server: Server): Contestant => ({
    name: server.name,
    server,
    operation: async (connection) => {
      await send(connections, server.url, form, servers.tokens[connection]!);
      return form.fileBytes;
    },
  });
  return {
    name,
    operations,
    contestants: [servers.bare, servers.disk, servers.s3].map(contestant),
  };
}

/** Of a file that is uploaded now: by nginx, by us to its owner, and to anybody if it is somebody's picture. */
async function downloads(
  servers: Servers,
  name: string,
  sample: Sample,
  operations: number,
): Promise<Contest> {
  const { disk, nginx, tokens } = servers;
  const isPicture = sample.type.startsWith('image/');
  const form = await formOf(sample, isPicture ? 'profile' : 'job');
  const { files } = (await send(connections, disk.url, form, tokens[0]!)) as Uploaded;
  const key = files[0]!.file!.filename;
  const ours = `${disk.url}/api/files/${key}`;
  if (nginx === undefined)
    console.log(`NGINX IS NOT ON THE PATH: ${name} is compared with nothing but our own`);
  return {
    name,
    operations,
    contestants: [
      ...(nginx === undefined
        ? []
        : [
            {
              name: 'nginx',
              server: nginx,
              operation: () => read(connections, `${nginx.url}/${folderOfKey(key)}/${key}`),
            },
          ]),
      { name: 'token', server: disk, operation: () => read(connections, ours, tokens[0]) },
      ...(isPicture ? [{ name: 'public', server: disk, operation: () => read(connections, ours) }] : []),
    ],
  };
}

/** How high memory goes when people send the largest photos that are taken, all at the same time. */
async function manyLarge({ bare, disk, s3, tokens }: Servers, sample: Sample): Promise<void> {
  const form = await formOf(sample, 'job');
  const megabytes = (sample.bytes.length / 1e6).toFixed(1);
  for (const server of [bare, disk, s3]) {
    const before = await peakOf(server.pid);
    const seconds = await runAll(connections, largePhotos, (connection) =>
      send(connections, server.url, form, tokens[connection]!),
    );
    console.log(
      `${largePhotos} photos of 25 megapixels and ${megabytes} MB at once, ${server.name}: peak ` +
        `${inMebibytes(await peakOf(server.pid))} MiB (at rest ${inMebibytes(before)}), ${seconds.toFixed(1)} s`,
    );
  }
}

async function contests(servers: Servers, folder: string): Promise<void> {
  const photo = await photoOfOneMegabyte();
  const pdf = pdfOf(10_000_000);
  console.log(heading);
  for (const contest of [
    await uploads(servers, 'upload 1 MB photo', photo, photos),
    await uploads(servers, 'upload 10 MB PDF', pdf, pdfs),
    await downloads(servers, 'download 1 MB photo', photo, photos * 5),
    await downloads(servers, 'download 10 MB PDF', pdf, pdfs * 2),
  ])
    for (const row of await compete(connections, contest, rounds, servers.forgetRateLimits)) console.log(row);
  console.log(await shareOfPicture(connections, servers, photo, folder));
}

/** Servers that have done nothing before: what they once needed they keep. */
async function withServers(task: (servers: Servers, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-upload-'));
  try {
    const servers = await startServers(folder, connections.count);
    try {
      await task(servers, folder);
    } finally {
      connections.agent.destroy();
      await servers.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

console.log(`${connections.count} connections, ${rounds} rounds; ${load()}`);
const large = await photoOfMostPixels();
await withServers((servers) => manyLarge(servers, large));
await withServers(contests);
console.log(load());
