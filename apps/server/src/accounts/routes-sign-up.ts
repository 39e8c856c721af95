import { accounts as api } from '@holdfast/contract';
import type { FastifyInstance } from 'fastify';
import type { Ctx } from '../context.ts';
import { route } from '../http/route.ts';
import { forgotPassword } from './forgot-password.ts';
import * as limits from './limits.ts';
import { originOf } from './origin.ts';
import { register } from './register.ts';
import { resendCode } from './resend-code.ts';
import { resetPassword } from './reset-password.ts';
import { verifyEmail } from './verify-email.ts';

export function serveSignUp(app: FastifyInstance, ctx: Ctx): void {
  route(app, ctx, api.register, ({ body }) => register(ctx, body), {
    addressLimit: limits.registrationsPerAddress,
  });
  route(app, ctx, api.verifyEmail, ({ body, request }) => verifyEmail(ctx, body, originOf(request)), {
    addressLimit: limits.verificationsPerAddress,
  });
  route(app, ctx, api.resendCode, ({ body }) => resendCode(ctx, body.userId), {
    addressLimit: limits.codeRequestsPerAddress,
  });
  route(app, ctx, api.forgotPassword, ({ body }) => forgotPassword(ctx, body.email), {
    addressLimit: limits.codeRequestsPerAddress,
  });
  route(app, ctx, api.resetPassword, async ({ body }) => void (await resetPassword(ctx, body)), {
    addressLimit: limits.resetsPerAddress,
  });
}
