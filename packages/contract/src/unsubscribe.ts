import { z } from 'zod';
import { endpoint } from './endpoint.ts';

const UnsubscribeQuery = z.strictObject({
  token: z
    .string()
    .max(200)
    .regex(/^usr_[0-9A-Za-z]{22}\.[a-z._]{1,60}\.[0-9A-Za-z_-]{43}$/, 'must be the token of a link in a mail')
    .meta({
      description: 'from the link in the mail',
      examples: [`usr_5qZr8Vb2NfK0tXy7WcL3mD.job.posted.${'A1b2C3d4E5f6G7h8'.repeat(3).slice(0, 43)}`],
    }),
});

const response = z.string().meta({ examples: ['<!doctype html><title>E-mails</title>…'] });

/** For people and their mail programs: the links at the end of mails and in their headers. */
export const unsubscribe = {
  page: endpoint({
    method: 'GET',
    path: '/api/unsubscribe',
    tag: 'Notifications',
    summary: 'The page behind the link at the end of a mail',
    description:
      'Shows what would be switched off, and a button. Reading it changes nothing: programs that look for harmful links follow all of them.',
    access: 'public',
    query: UnsubscribeQuery,
    response,
    produces: 'text/html',
    errors: ['not_found'],
  }),
  now: endpoint({
    method: 'POST',
    path: '/api/unsubscribe',
    tag: 'Notifications',
    summary: 'Switch such mails off at once',
    description:
      'What mail programs call for `List-Unsubscribe-Post` (RFC 8058), and what the button of the page does. No token of an account is needed: the link is for one person and one kind of mail. Repeating it has no effect.',
    access: 'public',
    query: UnsubscribeQuery,
    form: z
      .strictObject({ 'List-Unsubscribe': z.literal('One-Click') })
      .meta({ examples: [{ 'List-Unsubscribe': 'One-Click' }] }),
    response,
    produces: 'text/html',
    errors: ['not_found'],
  }),
};
