import { z } from 'zod';
import {
  AccountChange,
  AccountDeletion,
  CodeRequest,
  EmailChange,
  EmailConfirmation,
  Login,
  PasswordChange,
  PasswordRequest,
  PasswordReset,
  Refresh,
  Registration,
  Verification,
} from './account-inputs.ts';
import { endpoint } from './endpoint.ts';
import { idOf } from './fields.ts';
import { pageOf, pageQuery } from './pages.ts';
import { Me, Session, SignedIn, UserId } from './people.ts';

const SentTo = z.object({ email: z.string() });
const nothing = z.undefined();

const register = endpoint({
  method: 'POST',
  path: '/api/auth/register',
  tag: 'Accounts',
  summary: 'Register as customer or contractor',
  description:
    'A six-digit code is mailed to the address; `verify-email` with the answered `userId` and that code opens the account. The answer does not tell whether the address has an account already: its owner gets a mail that says so, and this `userId` never verifies.',
  access: 'public',
  body: Registration,
  response: z.object({ userId: UserId, email: z.string() }),
  status: 202,
});

const verifyEmail = endpoint({
  method: 'POST',
  path: '/api/auth/verify-email',
  tag: 'Accounts',
  summary: 'Prove the e-mail address and sign in',
  description:
    'Whoever proves an address owns it: other unproven registrations of the same address cease to exist.',
  access: 'public',
  body: Verification,
  response: SignedIn,
  errors: ['invalid_code', 'conflict'],
});

const resendCode = endpoint({
  method: 'POST',
  path: '/api/auth/resend-code',
  tag: 'Accounts',
  summary: 'Mail a new verification code',
  description: 'The code before it stops working. At most five mails an hour go to one address.',
  access: 'public',
  body: CodeRequest,
  response: z.object({ userId: UserId }),
  status: 202,
});

const login = endpoint({
  method: 'POST',
  path: '/api/auth/login',
  tag: 'Accounts',
  summary: 'Sign in',
  description:
    'An account with a second factor needs its code as well: without one the answer is second_factor_required.',
  access: 'public',
  body: Login,
  response: SignedIn,
  errors: ['invalid_credentials', 'account_suspended', 'second_factor_required', 'invalid_code'],
});

const refresh = endpoint({
  method: 'POST',
  path: '/api/auth/refresh',
  tag: 'Accounts',
  summary: 'Exchange a refresh token for new tokens',
  description:
    'The old access and refresh tokens stop working. A refresh token that comes a second time was copied by somebody: the session ends for both.',
  access: 'public',
  body: Refresh,
  response: SignedIn,
  errors: ['token_expired', 'account_suspended'],
});

const logout = endpoint({
  method: 'POST',
  path: '/api/auth/logout',
  tag: 'Accounts',
  summary: 'End this session',
  access: 'user',
  response: nothing,
  status: 204,
});

const listSessions = endpoint({
  method: 'GET',
  path: '/api/auth/sessions',
  tag: 'Accounts',
  summary: "List one's open sessions, newest first",
  access: 'user',
  query: z.strictObject(pageQuery),
  response: pageOf(Session),
});

const revokeSession = endpoint({
  method: 'DELETE',
  path: '/api/auth/sessions/:id',
  tag: 'Accounts',
  summary: "End one of one's sessions",
  access: 'user',
  params: z.strictObject({ id: idOf('ses') }),
  response: nothing,
  status: 204,
});

const forgotPassword = endpoint({
  method: 'POST',
  path: '/api/auth/forgot-password',
  tag: 'Accounts',
  summary: 'Mail a code to set a new password',
  description: 'The answer is the same whether or not the address has an account.',
  access: 'public',
  body: PasswordRequest,
  response: SentTo,
  status: 202,
});

const resetPassword = endpoint({
  method: 'POST',
  path: '/api/auth/reset-password',
  tag: 'Accounts',
  summary: 'Set a new password with a mailed code',
  description: 'Every session of the account ends.',
  access: 'public',
  body: PasswordReset,
  response: nothing,
  status: 204,
  errors: ['invalid_code'],
});

const changePassword = endpoint({
  method: 'POST',
  path: '/api/auth/change-password',
  tag: 'Accounts',
  summary: "Change one's password",
  description: 'Every other session of the account ends.',
  access: 'user',
  body: PasswordChange,
  response: nothing,
  status: 204,
  errors: ['invalid_credentials'],
});

const changeEmail = endpoint({
  method: 'POST',
  path: '/api/auth/change-email',
  tag: 'Accounts',
  summary: "Ask to change one's e-mail address",
  description:
    'A code goes to the new address; `confirm-email` with it makes the change. If the address has an account already, its owner is told so by mail and no code comes.',
  access: 'user',
  body: EmailChange,
  response: SentTo,
  status: 202,
  errors: ['invalid_credentials', 'conflict'],
});

const confirmEmail = endpoint({
  method: 'POST',
  path: '/api/auth/confirm-email',
  tag: 'Accounts',
  summary: "Prove the new e-mail address and make it one's own",
  description: 'The old address gets a notice.',
  access: 'user',
  body: EmailConfirmation,
  response: Me,
  errors: ['invalid_code', 'conflict'],
});

const me = endpoint({
  method: 'GET',
  path: '/api/me',
  tag: 'Accounts',
  summary: "One's own account",
  access: 'user',
  response: Me,
});

const updateMe = endpoint({
  method: 'PATCH',
  path: '/api/me',
  tag: 'Accounts',
  summary: "Change one's name, language or time zone",
  access: 'user',
  body: AccountChange,
  response: Me,
});

const deleteMe = endpoint({
  method: 'DELETE',
  path: '/api/me',
  tag: 'Accounts',
  summary: "Delete one's account",
  description:
    'Name, address, profile and sessions are removed for good. Bookings and the ledger stay, without saying who it was. Not possible while a booking is open or money is on its way.',
  access: 'user',
  body: AccountDeletion,
  response: nothing,
  status: 204,
  errors: ['invalid_credentials', 'conflict'],
});

export const accounts = {
  register,
  verifyEmail,
  resendCode,
  login,
  refresh,
  logout,
  listSessions,
  revokeSession,
  forgotPassword,
  resetPassword,
  changePassword,
  changeEmail,
  confirmEmail,
  me,
  updateMe,
  deleteMe,
};
