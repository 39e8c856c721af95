import type { RunningConfig } from '../src/context.ts';
import { startS3Server } from './s3-server.ts';

export const places = ['disk', 's3'] as const;

export type Place = { config: Partial<RunningConfig>; close(): Promise<void> };

/** Configuration for a world whose files are on disk or in S3. */
export async function openPlace(name: (typeof places)[number], allowsPresignedUrls = false): Promise<Place> {
  if (name === 'disk') return { config: {}, close: async () => undefined };
  const server = await startS3Server();
  return { config: { s3: { ...server.config, allowsPresignedUrls } }, close: () => server.stop() };
}
