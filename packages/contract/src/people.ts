import { z } from 'zod';
import { idOf, line, Timestamp } from './fields.ts';

export const roles = ['customer', 'contractor', 'admin'] as const;
export const Role = z.enum(roles).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

export const UserId = idOf('usr');
export const FullName = line(1, 100).meta({ examples: ['Ada Fischer'] });

/** Long enough to be hard to guess; no rules on which characters, they only make passwords predictable. */
export const NewPassword = z
  .string()
  .min(10)
  .max(200)
  .meta({ description: 'not equal to the e-mail address or the name', examples: ['correct horse battery'] });

/** What somebody typed to prove who they are. Wrong is wrong: it is not told whether it could be a password. */
export const GivenPassword = z
  .string()
  .min(1)
  .max(200)
  .meta({ examples: ['correct horse battery'] });

export const OneTimeCode = z
  .string()
  .regex(/^\d{6}$/, 'must be the six digits of the mail')
  .meta({ examples: ['402913'] });

const averageRating = z
  .number()
  .min(1)
  .max(5)
  .nullable()
  .meta({
    description: 'mean of the reviews received, to two decimals; null before the first',
    examples: [4.67],
  });
export const ratingFields = { averageRating, reviewCount: z.int() };

/** One's own account, as only its owner sees it. */
export const Me = z
  .object({
    id: UserId,
    role: Role,
    email: z.string(),
    name: z.string(),
    locale: z.string(),
    timeZone: z.string(),
    ...ratingFields,
    createdAt: Timestamp,
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

export const SignedIn = z
  .object({
    accessToken: z.string().meta({ description: 'for "Authorization: Bearer …"; lives 15 minutes' }),
    accessTokenExpiresAt: Timestamp,
    refreshToken: z
      .string()
      .meta({ description: 'for one refresh, within 30 days; using it twice ends the session' }),
    refreshTokenExpiresAt: Timestamp,
    user: Me,
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof SignedIn>;

export const Session = z
  .object({
    id: idOf('ses'),
    userAgent: z.string().nullable(),
    address: z.string().nullable().meta({ description: 'network address it was opened from' }),
    isCurrent: z.boolean(),
    createdAt: Timestamp,
    lastUsedAt: Timestamp,
    expiresAt: Timestamp,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;
