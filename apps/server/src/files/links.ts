import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FileVariant, LinkQuery } from '@holdfast/contract';
import { minuteMs } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { signingKey } from '../http/signing-key.ts';

const lifeMs = 5 * minuteMs;

/** Where a file is fetched by anybody who may, with a token. */
export const pathOf = (name: string): string => `/api/files/${name}`;

/** The link of a file that everybody may see. */
export const publicLink = (name: string, variant?: FileVariant): string =>
  variant === undefined ? pathOf(name) : `${pathOf(name)}?variant=${variant}`;

/** Makes links that need no token: each for one file or thumbnail, one reader and five minutes. */
export async function linkMaker(
  ctx: Ctx,
  viewerId: string,
): Promise<(name: string, variant?: FileVariant) => string> {
  const key = await signingKey(ctx, 'file-links');
  const expires = String(Math.floor((ctx.clock.now().getTime() + lifeMs) / 1000));
  return (name, variant) => {
    const signature = sign(key, { name, variant, viewer: viewerId, expires }).toString('base64url');
    const query = { ...(variant === undefined ? {} : { variant }), viewer: viewerId, expires, signature };
    return `${pathOf(name)}?${new URLSearchParams(query)}`;
  };
}

/** For whom the link was signed; undefined if nobody signed it, or its time is over. */
export async function signedViewer(ctx: Ctx, name: string, query: LinkQuery): Promise<string | undefined> {
  const { variant, viewer, expires, signature } = query;
  if (viewer === undefined || expires === undefined || signature === undefined) return undefined;
  const expected = sign(await signingKey(ctx, 'file-links'), { name, variant, viewer, expires });
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return Number(expires) * 1000 > ctx.clock.now().getTime() ? viewer : undefined;
}

type Signed = { name: string; variant: FileVariant | undefined; viewer: string; expires: string };

const sign = (key: Buffer, { name, variant, viewer, expires }: Signed): Buffer =>
  createHmac('sha256', key)
    .update([name, variant ?? '', viewer, expires].join('\n'))
    .digest();
