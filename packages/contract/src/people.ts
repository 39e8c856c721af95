import { z } from 'zod';
import { idOf, line, Timestamp } from './fields.ts';
import { Picture } from './file-resources.ts';

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

const exampleMe = {
  id: 'usr_1aBc2dEf3gHi4jKl5mNo6p',
  role: 'customer' as const,
  email: 'ada@example.org',
  name: 'Ada Fischer',
  locale: 'en-GB',
  timeZone: 'Europe/Vienna',
  picture: null,
  hasSecondFactor: false,
  averageRating: 4.67,
  reviewCount: 3,
  createdAt: '2026-11-24T09:30:00.000Z',
};

/** One's own account, as only its owner sees it. */
export const Me = z
  .object({
    id: UserId,
    role: Role,
    email: z.string(),
    name: z.string(),
    locale: z.string(),
    timeZone: z.string(),
    picture: Picture.nullable(),
    hasSecondFactor: z.boolean().meta({ description: 'whether signing in takes a second factor' }),
    ...ratingFields,
    createdAt: Timestamp,
  })
  .meta({ id: 'Me', examples: [exampleMe] });
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
  .meta({
    id: 'SignedIn',
    examples: [
      {
        accessToken: 'Qm9nWc4hT1xLrZ0vK8dYpE2sUjA6fNtGiB7oXwVqMlC',
        accessTokenExpiresAt: '2026-11-24T09:45:00.000Z',
        refreshToken: 'f3Jd0cVg1yKqT5mWnZb8sLr2hXpA7uEoQi4GtYvBxCk',
        refreshTokenExpiresAt: '2026-12-24T09:30:00.000Z',
        user: exampleMe,
      },
    ],
  });
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
  .meta({
    id: 'Session',
    examples: [
      {
        id: 'ses_5qZr8Vb2NfK0tXy7WcL3mD',
        userAgent: 'Holdfast/1.4 (Android 16)',
        address: '203.0.113.7',
        isCurrent: true,
        createdAt: '2026-11-24T09:30:00.000Z',
        lastUsedAt: '2026-11-24T11:02:00.000Z',
        expiresAt: '2026-12-24T11:02:00.000Z',
      },
    ],
  });
export type Session = z.infer<typeof Session>;
