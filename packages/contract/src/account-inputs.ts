import { z } from 'zod';
import { Email, Locale, TimeZone } from './fields.ts';
import { FullName, GivenPassword, NewPassword, OneTimeCode, UserId } from './people.ts';
import { SecondFactorCode } from './second-factor.ts';

/** What the endpoints of accounts.ts are sent. */

const userId = 'usr_5qZr8Vb2NfK0tXy7WcL3mD';
const email = 'ada@example.org';
const password = 'correct horse battery';
const newPassword = 'staple tractor window';
const code = '402913';

export const Registration = z
  .strictObject({
    role: z.enum(['customer', 'contractor']),
    email: Email,
    password: NewPassword,
    name: FullName,
    locale: Locale.default('en'),
    timeZone: TimeZone.default('UTC'),
  })
  .meta({
    examples: [
      { role: 'customer', email, password, name: 'Ada Fischer', locale: 'en-GB', timeZone: 'Europe/Vienna' },
    ],
  });

export const Verification = z
  .strictObject({ userId: UserId, code: OneTimeCode })
  .meta({ examples: [{ userId, code }] });

export const CodeRequest = z.strictObject({ userId: UserId }).meta({ examples: [{ userId }] });

export const Login = z
  .strictObject({
    email: Email,
    password: GivenPassword,
    secondFactor: SecondFactorCode.optional(),
  })
  .meta({
    examples: [
      { email, password },
      { email, password, secondFactor: code },
    ],
  });

export const Refresh = z
  .strictObject({ refreshToken: z.string().min(20).max(200) })
  .meta({ examples: [{ refreshToken: 'f3Jd0cVg1yKqT5mWnZb8sLr2hXpA7uEoQi4GtYvBxCk' }] });

export const PasswordRequest = z.strictObject({ email: Email }).meta({ examples: [{ email }] });

export const PasswordReset = z
  .strictObject({ email: Email, code: OneTimeCode, newPassword: NewPassword })
  .meta({ examples: [{ email, code, newPassword }] });

export const PasswordChange = z
  .strictObject({ currentPassword: GivenPassword, newPassword: NewPassword })
  .meta({ examples: [{ currentPassword: password, newPassword }] });

export const EmailChange = z
  .strictObject({ currentPassword: GivenPassword, newEmail: Email })
  .meta({ examples: [{ currentPassword: password, newEmail: 'ada.fischer@example.org' }] });

export const EmailConfirmation = z.strictObject({ code: OneTimeCode }).meta({ examples: [{ code }] });

export const AccountChange = z
  .strictObject({ name: FullName, locale: Locale, timeZone: TimeZone })
  .partial()
  .meta({ examples: [{ name: 'Ada Fischer', timeZone: 'Europe/Vienna' }] });

export const AccountDeletion = z
  .strictObject({ currentPassword: GivenPassword })
  .meta({ examples: [{ currentPassword: password }] });
