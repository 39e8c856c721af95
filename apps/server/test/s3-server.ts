import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';
import type { S3Config } from '../src/config-storage.ts';

/** Answers or breaks a request itself and returns true, or leaves it to the server. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean;

export type S3Server = {
  config: S3Config;
  /** Where the server keeps the objects of the bucket. */
  folder: string;
  /** Each request since the last `intercept`, as in 'PUT /files/key?uploadId=1'. */
  requests: string[];
  /** Lets a test stand between client and server from now on; without one nothing is between them. */
  intercept(interception?: Interception): void;
  stop(): Promise<void>;
};

const bucket = 'files';

/** A server that speaks S3, with one empty bucket, on a free port; it checks signatures, except those of lists. */
export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-s3-'));
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    vhostBuckets: false,
    configureBuckets: [{ name: bucket }],
  });
  const { port } = await server.run();
  const requests: string[] = [];
  let interception: Interception = () => false;
  const { httpServer } = server;
  const answers = httpServer.listeners('request') as Interception[];
  httpServer.removeAllListeners('request');
  httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    // It leaves out the slash behind the bucket when it checks a signature; to unsigned requests it answers as well.
    if (request.url?.startsWith(`/${bucket}/?`)) delete request.headers.authorization;
    if (!interception(request, response)) for (const answer of answers) answer(request, response);
  });
  return {
    config: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      bucket,
      // The one account that it knows.
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      allowsPresignedUrls: true,
    },
    folder: join(directory, bucket),
    requests,
    intercept: (next = () => false) => {
      interception = next;
      requests.length = 0;
    },
    stop: async () => {
      httpServer.closeAllConnections();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}
