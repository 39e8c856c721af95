import { startS3Server } from '../../apps/server/test/s3-server.ts';
import { serveUntilLeft } from '../child.ts';

/** The S3 server of the tests, whose work and memory are then not counted as ours. */
const server = await startS3Server();
serveUntilLeft(server.config, server.stop);
