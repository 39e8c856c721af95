import { z } from 'zod';
import { flag, webUrl, whole } from './config-values.ts';

/** Where files go, and who looks at them before they are kept. */
export type StorageConfig = {
  uploadDir: string;
  maximumFileBytes: number;
  /** Of all files of one account together. */
  uploadQuotaBytes: number;
  /** New files go to this bucket; undefined: to uploadDir. */
  s3: S3Config | undefined;
  /** The virus scanner; undefined: files are not scanned. */
  clamd: ClamdConfig | undefined;
};

export type S3Config = {
  /** A server that speaks S3; undefined: Amazon's own of the region. */
  endpoint: string | undefined;
  region: string;
  bucket: string;
  /** Both or neither; without them the SDK looks where it always does: roles, profiles, its own variables. */
  accessKeyId: string | undefined;
  secretAccessKey: string | undefined;
  allowsPresignedUrls: boolean;
};

export type ClamdConfig = { host: string; port: number } | { path: string };

const gibibyte = 2 ** 30;

const clamdAddress = z.string().transform((text, issues): ClamdConfig => {
  if (text.startsWith('/')) return { path: text };
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    issues.addIssue('must be host:port such as 127.0.0.1:3310, or the path of a unix socket');
    return z.NEVER;
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
});

export const storageVariables = {
  UPLOAD_DIR: z.string().default('./upload'),
  MAX_FILE_SIZE: whole(1, gibibyte).default(10_485_760),
  UPLOAD_QUOTA: whole(1, 1024 * gibibyte).default(gibibyte),
  S3_ENDPOINT: webUrl.optional(),
  S3_REGION: z
    .string()
    .regex(/^[0-9a-z-]{1,60}$/, 'must be the name of a region such as eu-central-1')
    .default('us-east-1'),
  S3_BUCKET: z
    .string()
    .regex(/^[0-9a-z][0-9a-z.-]{1,61}[0-9a-z]$/, 'must be the name of a bucket')
    .optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  S3_PRESIGNED_URLS: flag.default(false),
  CLAMD_HOST: clamdAddress.optional(),
};

/** The part of the configuration that the variables above make. */
export function toStorageConfig(variables: StorageVariables): StorageConfig {
  return {
    uploadDir: variables.UPLOAD_DIR,
    maximumFileBytes: variables.MAX_FILE_SIZE,
    uploadQuotaBytes: variables.UPLOAD_QUOTA,
    s3:
      variables.S3_BUCKET === undefined
        ? undefined
        : {
            endpoint: variables.S3_ENDPOINT,
            region: variables.S3_REGION,
            bucket: variables.S3_BUCKET,
            accessKeyId: variables.S3_ACCESS_KEY_ID,
            secretAccessKey: variables.S3_SECRET_ACCESS_KEY,
            allowsPresignedUrls: variables.S3_PRESIGNED_URLS,
          },
    clamd: variables.CLAMD_HOST,
  };
}

type StorageVariables = z.output<z.ZodObject<typeof storageVariables>>;
