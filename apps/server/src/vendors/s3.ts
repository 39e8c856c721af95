import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { S3Config } from '../config-storage.ts';
import { AppError } from '../errors.ts';
import { checkKey, isKey } from '../storage/keys.ts';
import { storageFull } from '../storage/no-space.ts';
import type { PresignOptions, Range, Storage, StoredBytes, StoredKey } from '../storage/storage.ts';

// Larger files go in parts of this size, the least that S3 takes, two at a time: that much of a file is in memory.
const partBytes = 5 * 2 ** 20;
const partsAtOnce = 2;

/**
 * One bucket of S3 or of a server that speaks S3. Each request has its time limits and is repeated at most twice,
 * by the SDK, because none of them does anything else when it comes again.
 */
export function openS3(config: S3Config): Storage & { close(): void } {
  const client = createClient(config);
  const { bucket } = config;
  return {
    name: 's3',
    put: (key, localPath, info) => put(client, bucket, key, localPath, info),
    get: (key, range) => get(client, bucket, key, range),
    remove: async (key) => {
      checkKey(key);
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })).catch(rethrow);
    },
    list: () => list(client, bucket),
    ...(config.allowsPresignedUrls
      ? { presign: (key: string, options: PresignOptions) => presign(client, bucket, key, options) }
      : {}),
    close: () => client.destroy(),
  };
}

function createClient(config: S3Config): S3Client {
  const { accessKeyId, secretAccessKey } = config;
  return new S3Client({
    region: config.region,
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint, forcePathStyle: true }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 5_000,
      // Until the answer begins, and between two pieces of it.
      requestTimeout: 60_000,
      throwOnRequestTimeout: true,
      socketTimeout: 60_000,
    },
    // Servers that speak S3 do not all know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

async function put(
  client: S3Client,
  bucket: string,
  key: string,
  localPath: string,
  info: { mimeType: string; sizeBytes: number },
): Promise<void> {
  checkKey(key);
  const { size } = await stat(localPath);
  if (size !== info.sizeBytes)
    throw new Error(`a file of ${info.sizeBytes} bytes was announced, it has ${size}`);
  const body = createReadStream(localPath);
  const upload = new Upload({
    client,
    params: { Bucket: bucket, Key: key, Body: body, ContentType: info.mimeType },
    partSize: partBytes,
    queueSize: partsAtOnce,
    // Left to abort(): when aborting fails as well, the SDK would forget why the upload did.
    leavePartsOnError: true,
  });
  try {
    await upload.done();
  } catch (error) {
    await abort(client, bucket, key, upload.uploadId);
    rethrow(error);
  } finally {
    body.destroy();
  }
}

/** Tells the bucket to forget the parts of a failed upload. A server that does not hear it keeps them: see operations.md. */
async function abort(
  client: S3Client,
  bucket: string,
  key: string,
  uploadId: string | undefined,
): Promise<void> {
  if (uploadId === undefined) return;
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
  await client.send(command).catch(() => undefined);
}

async function get(
  client: S3Client,
  bucket: string,
  key: string,
  range: Range | undefined,
): Promise<StoredBytes | undefined> {
  checkKey(key);
  const header = range === undefined ? undefined : `bytes=${range.start}-${range.end}`;
  try {
    const found = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: header }));
    if (found.ContentLength === undefined) throw new Error('S3 did not say how long the answer is');
    return { stream: found.Body as Readable, sizeBytes: found.ContentLength };
  } catch (error) {
    const name = error instanceof S3ServiceException ? error.name : '';
    if (name === 'NoSuchKey') return undefined;
    if (name === 'InvalidRange')
      throw new RangeError(`${header} begins behind the last byte`, { cause: error });
    return rethrow(error);
  }
}

async function* list(client: S3Client, bucket: string): AsyncGenerator<StoredKey> {
  const pages = paginateListObjectsV2({ client }, { Bucket: bucket });
  try {
    for await (const page of pages)
      for (const { Key: key, Size: sizeBytes, LastModified: modifiedAt } of page.Contents ?? [])
        if (key !== undefined && isKey(key) && sizeBytes !== undefined && modifiedAt !== undefined)
          yield { key, sizeBytes, modifiedAt };
  } catch (error) {
    rethrow(error);
  }
}

async function presign(
  client: S3Client,
  bucket: string,
  key: string,
  options: PresignOptions,
): Promise<string> {
  checkKey(key);
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ResponseContentType: options.mimeType,
    ResponseContentDisposition: options.disposition,
  });
  return getSignedUrl(client, command, { expiresIn: options.expiresInSeconds });
}

// What MinIO and Ceph say when the disks or the bucket's share of them are used up; Amazon is never full.
const fullNames: ReadonlySet<string> = new Set([
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
  'QuotaExceeded',
]);

/**
 * Sorts what the SDK threw: no space, no answer, or a refusal (keys, rights, no such bucket), which is a fault of the
 * configuration and stays the plain error that it is.
 */
function rethrow(error: unknown): never {
  if (!(error instanceof S3ServiceException)) throw isNoAnswer(error) ? unavailable(error) : error;
  const status = error.$metadata.httpStatusCode ?? 0;
  if (status === 507 || fullNames.has(error.name)) throw storageFull(error);
  throw status >= 500 || status === 429 ? unavailable(error) : error;
}

/** No answer at all: no connection, a broken one, or the time was over. */
const isNoAnswer = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || networkCodes.has(String((error as { code?: unknown }).code)));

const networkCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const unavailable = (cause: unknown): AppError =>
  new AppError('unavailable', 'The place where files are kept does not answer right now.', { cause });
