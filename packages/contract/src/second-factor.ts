import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { GivenPassword } from './people.ts';

/** The six digits an authenticator app shows, or one of the recovery codes. */
export const SecondFactorCode = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^(\d{6}|[A-Z2-7]{4}(-[A-Z2-7]{4}){3})$/, 'must be six digits or a recovery code')
  .meta({ description: 'the six digits of the app, or a recovery code', examples: ['287082'] });

const enrol = endpoint({
  method: 'POST',
  path: '/api/auth/second-factor/enrol',
  tag: 'Accounts',
  summary: 'Begin to use an authenticator app (TOTP)',
  description:
    'The secret is shown this once. Nothing changes until `confirm` has seen a code made with it; asking again before that makes a new secret.',
  access: 'user',
  body: z
    .strictObject({ currentPassword: GivenPassword })
    .meta({ examples: [{ currentPassword: 'correct horse battery' }] }),
  response: z.object({
    secret: z.string().meta({ description: 'base 32', examples: ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'] }),
    otpauthUri: z.string().meta({
      description: 'for a QR code',
      examples: [
        'otpauth://totp/Holdfast:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Holdfast',
      ],
    }),
  }),
  errors: ['invalid_credentials', 'conflict'],
});

const confirm = endpoint({
  method: 'POST',
  path: '/api/auth/second-factor/confirm',
  tag: 'Accounts',
  summary: 'Prove that the app works, and get recovery codes',
  description:
    'From now on signing in takes a code of the app as well. Each recovery code replaces one such code once; they are shown this once. Every other session ends.',
  access: 'user',
  body: z
    .strictObject({
      code: z
        .string()
        .regex(/^\d{6}$/, 'must be the six digits that the app shows')
        .meta({ examples: ['287082'] }),
    })
    .meta({ examples: [{ code: '287082' }] }),
  response: z.object({ recoveryCodes: z.array(z.string()).meta({ examples: [['K7QF-2MXA-DTZ4-P6WN']] }) }),
  errors: ['invalid_code', 'conflict'],
});

/** Signing in with more than a password. Optional for everybody, needed by admins. */
export const secondFactor = { enrol, confirm };
