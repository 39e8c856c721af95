import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idOf } from './fields.ts';

export const receipts = {
  get: endpoint({
    method: 'GET',
    path: '/api/receipts/:paymentId',
    tag: 'Receipts',
    summary: 'The receipt for a payment, as a page to print',
    description:
      'There as soon as the money was taken; refunds appear on it. Complete in itself and without scripts: show it, save it or print it.',
    access: 'customer',
    params: z.strictObject({ paymentId: idOf('pay') }),
    response: z.string().meta({ examples: ['<!doctype html><title>Receipt</title>…'] }),
    produces: 'text/html',
    errors: ['conflict'],
  }),
};
