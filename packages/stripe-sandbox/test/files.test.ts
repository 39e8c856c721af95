import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { failureOf, paid, raw, startWorld } from './harness.ts';

const png = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  randomBytes(3000),
  Buffer.from('\r\n--\r\n'),
]);

describe('files', () => {
  it('are stored byte for byte, listed by purpose and shown to the secret key only', async () => {
    const world = await startWorld();
    const { stripe, sandbox } = world;
    const file = await stripe.files.create({
      purpose: 'dispute_evidence',
      file: { data: png, name: 'Wänd "1".png', type: 'image/png' },
    });
    expect(file).toMatchObject({ size: png.length, type: 'png', purpose: 'dispute_evidence' });
    const contents = await raw(world, 'GET', `/v1/files/${file.id}/contents`);
    expect(Buffer.from(await contents.arrayBuffer()).equals(png)).toBe(true);
    expect(file.url).toBe(`${sandbox.url}/v1/files/${file.id}/contents`);
    const shop = { authorization: `Bearer ${sandbox.publishableKey}` };
    expect((await raw(world, 'GET', `/v1/files/${file.id}/contents`, undefined, shop)).status).toBe(403);
    expect((await fetch(String(file.url))).status).toBe(401);
    expect((await raw(world, 'GET', '/v1/files/file_0/contents')).status).toBe(404);
    await stripe.files.create({ purpose: 'business_logo', file: { data: png, name: 'logo.png' } });
    expect((await stripe.files.list({ purpose: 'dispute_evidence' })).data.map(({ id }) => id)).toEqual([
      file.id,
    ]);
    expect((await stripe.events.list({ type: 'file.created' })).data).toHaveLength(2);
  });

  it('serve as evidence when they were uploaded for that', async () => {
    const { stripe, sandbox, ...world } = await startWorld();
    const intent = await paid({ stripe, sandbox, ...world });
    const dispute = await sandbox.control.openDispute(intent.id);
    const logo = await stripe.files.create({
      purpose: 'business_logo',
      file: { data: png, name: 'logo.png' },
    });
    const wrong = stripe.disputes.update(dispute, { evidence: { receipt: logo.id } });
    expect(await failureOf(wrong)).toMatchObject({ statusCode: 400, param: 'evidence[receipt]' });
    const proof = await stripe.files.create({
      purpose: 'dispute_evidence',
      file: { data: png, name: 'proof.png' },
    });
    const updated = await stripe.disputes.update(dispute, {
      evidence: { receipt: proof.id },
      expand: ['evidence.receipt'],
    });
    expect(updated).toMatchObject({ status: 'under_review', evidence: { receipt: { id: proof.id } } });
  });

  it('are refused as evidence when they are text or too large, and without a form', async () => {
    const world = await startWorld();
    const upload = (data: Buffer, name: string): Promise<unknown> =>
      world.stripe.files.create({ purpose: 'dispute_evidence', file: { data, name } });
    expect(await failureOf(upload(Buffer.from('hello'), 'a.txt'))).toMatchObject({ param: 'file' });
    const large = Buffer.concat([png, Buffer.alloc(5_000_000)]);
    expect(await failureOf(upload(large, 'a.png'))).toMatchObject({ param: 'file' });
    expect((await raw(world, 'POST', '/v1/files', 'purpose=dispute_evidence&file=x')).status).toBe(400);
    const broken = { 'content-type': 'multipart/form-data; boundary=x' };
    for (const body of [
      '',
      'x',
      '--x\r\n\r\n--x--',
      '--x\r\ncontent-disposition: form-data\r\n\r\n1\r\n--x--',
    ]) {
      expect((await raw(world, 'POST', '/v1/files', body, broken)).status).toBe(400);
    }
  });
});
