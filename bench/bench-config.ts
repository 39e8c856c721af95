import { readConfig } from '../apps/server/src/config.ts';
import type { S3Config } from '../apps/server/src/config-storage.ts';
import type { RunningConfig } from '../apps/server/src/context.ts';

export type BenchConfig = { databaseUrl: string; uploadDir: string; s3?: S3Config };

/** As it is without any variable, but for the quota; nothing listens where Stripe and the mail server should be. */
export const configOf = ({ databaseUrl, uploadDir, s3 }: BenchConfig): RunningConfig => ({
  ...readConfig({ LOG_LEVEL: 'error', UPLOAD_DIR: uploadDir }),
  databaseUrl,
  s3,
  uploadQuotaBytes: 2 ** 50,
  smtpUrl: 'smtp://127.0.0.1:9',
  stripe: {
    secretKey: 'sk_test_unused0000000000',
    publishableKey: 'pk_test_unused0000000000',
    webhookSecrets: [],
    apiBase: 'http://127.0.0.1:9',
  },
});
