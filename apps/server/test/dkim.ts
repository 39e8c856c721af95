import { createHash, type KeyObject, verify } from 'node:crypto';

/**
 * Whether the mail carries a DKIM signature of this key (RFC 6376, rsa-sha256, relaxed/relaxed), and which headers it
 * covers. Written from the RFC, so that it does not share the mistakes of who signed.
 */
export function checkDkim(
  raw: Buffer,
  publicKey: KeyObject,
): { isValid: boolean; tags: Record<string, string> } {
  const text = raw.toString('latin1');
  const split = text.indexOf('\r\n\r\n');
  const headers = text.slice(0, split).split(/\r\n(?![ \t])/);
  const signature = headers.find((line) => /^dkim-signature:/i.test(line)) ?? '';
  const tags = Object.fromEntries(
    signature
      .slice(signature.indexOf(':') + 1)
      .split(';')
      .map((tag) => tag.trim())
      .filter((tag) => tag.includes('='))
      .map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1).replaceAll(/\s/g, '')]),
  );
  const body = relaxedBody(text.slice(split + 4));
  const bodyHash = createHash('sha256').update(body, 'latin1').digest('base64');
  const signed = (tags.h ?? '')
    .split(':')
    .map((name) => headers.findLast((line) => nameOf(line) === name.toLowerCase()));
  const signedText = [
    ...signed.filter((line) => line !== undefined).map((line) => `${relaxed(line)}\r\n`),
    relaxed(signature.replace(/\bb=[\s\S]*$/, 'b=')),
  ].join('');
  return {
    isValid:
      tags.a === 'rsa-sha256' &&
      tags.c === 'relaxed/relaxed' &&
      tags.bh === bodyHash &&
      verify('sha256', Buffer.from(signedText, 'latin1'), publicKey, Buffer.from(tags.b ?? '', 'base64')),
    tags,
  };
}

const nameOf = (line: string): string => line.slice(0, line.indexOf(':')).trim().toLowerCase();

const relaxed = (line: string): string =>
  `${nameOf(line)}:${line
    .slice(line.indexOf(':') + 1)
    .replaceAll(/\r\n/g, '')
    .replaceAll(/[ \t]+/g, ' ')
    .trim()}`;

const relaxedBody = (body: string): string =>
  `${body
    .split('\r\n')
    .map((line) => line.replaceAll(/[ \t]+/g, ' ').replace(/ $/, ''))
    .join('\r\n')
    .replace(/(\r\n)*$/, '')}\r\n`;
