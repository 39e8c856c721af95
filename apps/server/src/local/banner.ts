import type { RunningServer } from '../server.ts';
import { demoPassword, demoPeople } from './demo-people.ts';
import type { LocalStack } from './stack.ts';

/** What a person who has just started the server wants to know. */
export function banner(stack: LocalStack, server: RunningServer): string {
  const api = `http://localhost:${server.port}`;
  const { sandbox, mailbox, fcm, postgres } = stack;
  const lines = [
    '',
    `Holdfast is running.`,
    '',
    `  API          ${api}/api`,
    `  Try it out   ${api}/api/docs`,
    `  Socket       ws://localhost:${server.socketPort}  (and ws://localhost:${server.port}/ws)`,
    ...(postgres === undefined ? [] : [`  PostgreSQL   embedded, data in ${postgres.dataDir}`]),
    ...(sandbox === undefined ? [] : [`  Stripe       sandbox, no real money: ${sandbox.url}`]),
    ...(mailbox === undefined ? [] : [`  Mail         nothing is sent, read it at ${api}/dev/mail`]),
    ...(fcm === undefined ? [] : [`  Push         nothing is sent, see it at ${api}/dev/push`]),
    ...(sandbox === undefined && mailbox === undefined
      ? []
      : [`  Log          ${stack.config.dataDir}/holdfast.log`]),
  ];
  if (postgres !== undefined && mailbox !== undefined && server.worker !== undefined) {
    lines.push('', `  Demo people, password "${demoPassword}":`);
    for (const person of demoPeople) lines.push(`    ${person.email.padEnd(24)} ${person.role}`);
    lines.push(
      '',
      '  Next: `npm run demo` plays a whole job; README.md shows the same by curl. Ctrl-C stops everything.',
    );
  }
  return `${lines.join('\n')}\n`;
}
